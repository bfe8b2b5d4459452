#include "runtime/base/secret.hpp"

#include <openssl/crypto.h>

namespace caucus {

void wipe(std::span<std::byte> secret) noexcept {
  OPENSSL_cleanse(secret.data(), secret.size());
}

} // namespace caucus
