#include "messages/ids.hpp"

#include <ostream>

namespace caucus {

std::ostream& print_number(std::ostream& out, std::uint64_t number) {
  return out << number;
}

} // namespace caucus
