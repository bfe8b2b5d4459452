#include "apps/caucus/request_id.hpp"

#include "messages/bytes.hpp"
#include "runtime/base/text.hpp"

#include <cstddef>
#include <random>

namespace caucus::cli {

std::string make_request_id() {
  std::random_device system; // getrandom() in the end
  bytes raw(16);
  for (auto& one : raw) {
    one = static_cast<std::byte>(system() & 0xFFU);
  }
  return to_base32(raw);
}

} // namespace caucus::cli
