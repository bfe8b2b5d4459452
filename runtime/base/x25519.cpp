#include "runtime/base/x25519.hpp"

#include "runtime/base/assert.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <cstddef>
#include <memory>

namespace caucus {

namespace {

struct free_key {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, free_key>;

struct free_context {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

key_ptr load(const x25519_secret& mine) {
  key_ptr key{EVP_PKEY_new_raw_private_key(
    EVP_PKEY_X25519, nullptr, reinterpret_cast<const unsigned char*>(mine.view().data()),
    x25519_secret::size)};
  CAUCUS_ASSERT(key != nullptr);
  return key;
}

} // namespace

x25519_public public_of(const x25519_secret& mine) {
  const auto key = load(mine);
  x25519_public out;
  std::size_t out_size = x25519_public::size;
  CAUCUS_ASSERT(EVP_PKEY_get_raw_public_key(
                  key.get(), reinterpret_cast<unsigned char*>(out.raw.data()), &out_size)
                == 1);
  return out;
}

result<x25519_shared> agree(const x25519_secret& mine, const x25519_public& theirs) {
  const auto key = load(mine);
  const key_ptr peer{EVP_PKEY_new_raw_public_key(
    EVP_PKEY_X25519, nullptr, reinterpret_cast<const unsigned char*>(theirs.raw.data()),
    x25519_public::size)};
  const std::unique_ptr<EVP_PKEY_CTX, free_context> context{EVP_PKEY_CTX_new(key.get(), nullptr)};
  CAUCUS_ASSERT(peer != nullptr && context != nullptr);
  CAUCUS_ASSERT(EVP_PKEY_derive_init(context.get()) == 1);
  x25519_shared out;
  std::size_t out_size = x25519_shared::size;
  if (EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1
      || EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(out.writable().data()),
                         &out_size)
           != 1) {
    ERR_clear_error(); // the queue is the thread's: the next TLS call would read it as its own
    return fail(errc::bad_public_key, "of small order");
  }
  return out;
}

} // namespace caucus
