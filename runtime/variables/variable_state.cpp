#include "runtime/variables/variable_state.hpp"

#include <utility>

namespace caucus {

outcome refused_with(errc code, std::string reason) {
  if (reason.size() > reason_size_max) {
    reason.resize(reason_size_max);
  }
  return {code, std::move(reason)};
}

} // namespace caucus
