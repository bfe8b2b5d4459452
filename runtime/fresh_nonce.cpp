#include "runtime/fresh_nonce.hpp"

#include "runtime/base/text.hpp"
#include "runtime/random.hpp"

#include <cstddef>

namespace caucus {

fresh_nonce make_fresh_nonce() {
  return make_fresh_nonce(system_random);
}

fresh_nonce make_fresh_nonce(const std::function<std::uint64_t()>& random) {
  fresh_nonce out;
  while (out.is_zero()) {
    for (auto& one : out.raw) {
      one = static_cast<std::byte>(random() & 0xFFU);
    }
  }
  return out;
}

std::string make_request_id() {
  return to_base32(make_fresh_nonce().view());
}

} // namespace caucus
