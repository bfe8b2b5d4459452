#include "runtime/fresh_nonce.hpp"

#include <cstddef>
#include <random>

namespace caucus {

fresh_nonce make_fresh_nonce() {
  std::random_device system; // getrandom() in the end
  return make_fresh_nonce([&system] { return std::uint64_t{system()}; });
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

} // namespace caucus
