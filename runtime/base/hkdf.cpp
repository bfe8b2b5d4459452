#include "runtime/base/hkdf.hpp"

#include "runtime/base/assert.hpp"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>

namespace caucus {

namespace {

struct free_context {
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

/// OpenSSL's parameters are not const, though it only reads these. One of no bytes must not be null.
OSSL_PARAM octets(const char* name, bytes_view value) {
  static constexpr std::byte nothing{};
  const std::byte* const at = value.empty() ? &nothing : value.data();
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(at), value.size());
}

} // namespace

void hkdf_sha256(bytes_view secret, bytes_view salt, bytes_view info, std::span<std::byte> out) {
  CAUCUS_ASSERT(!out.empty() && out.size() <= hkdf_out_size_max);
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr); // as long as the process
  CAUCUS_ASSERT(kdf != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, free_context> context{EVP_KDF_CTX_new(kdf)};
  CAUCUS_ASSERT(context != nullptr);
  std::array<char, 7> hash{"SHA256"};
  const std::array<OSSL_PARAM, 5> parameters{
    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), 0),
    octets(OSSL_KDF_PARAM_KEY, secret),
    octets(OSSL_KDF_PARAM_SALT, salt),
    octets(OSSL_KDF_PARAM_INFO, info),
    OSSL_PARAM_construct_end(),
  };
  CAUCUS_ASSERT(EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(out.data()),
                               out.size(), parameters.data())
                == 1);
}

} // namespace caucus
