#include "runtime/base/ed25519.hpp"

#include "runtime/base/assert.hpp"

#include <openssl/evp.h>

#include <cstddef>

namespace caucus {

namespace {

struct free_key {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, free_key>;

struct free_context {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// Made once a thread, emptied for each use.
EVP_MD_CTX* fresh_context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, free_context> context{EVP_MD_CTX_new()};
  CAUCUS_ASSERT(context != nullptr && EVP_MD_CTX_reset(context.get()) == 1);
  return context.get();
}

const unsigned char* raw(bytes_view of) {
  return reinterpret_cast<const unsigned char*>(of.data());
}

} // namespace

struct secret_key::state {
  key_seed seed;
  key_ptr prepared;
  peer_id id;
};

secret_key::secret_key(const key_seed& seed) : state_{std::make_unique<state>()} {
  state_->seed = seed;
  state_->prepared.reset(
    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed.view()), key_seed::size));
  CAUCUS_ASSERT(state_->prepared != nullptr);
  std::size_t id_size = peer_id::size;
  CAUCUS_ASSERT(EVP_PKEY_get_raw_public_key(state_->prepared.get(),
                                            reinterpret_cast<unsigned char*>(state_->id.raw.data()),
                                            &id_size)
                == 1);
}

secret_key::secret_key(secret_key&&) noexcept = default;
secret_key& secret_key::operator=(secret_key&&) noexcept = default;
secret_key::~secret_key() = default;

const peer_id& secret_key::id() const {
  CAUCUS_ASSERT(state_ != nullptr);
  return state_->id;
}

const key_seed& secret_key::seed() const {
  CAUCUS_ASSERT(state_ != nullptr);
  return state_->seed;
}

signature sign(const secret_key& key, bytes_view what) {
  CAUCUS_ASSERT(key.state_ != nullptr);
  EVP_MD_CTX* const context = fresh_context();
  signature out;
  std::size_t out_size = signature::size;
  CAUCUS_ASSERT(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key.state_->prepared.get())
                == 1);
  CAUCUS_ASSERT(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.raw.data()), &out_size,
                               raw(what), what.size())
                == 1);
  return out;
}

bool verify(const peer_id& who, const signature& by, bytes_view what) {
  const key_ptr key{
    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(who.view()), peer_id::size)};
  CAUCUS_ASSERT(key != nullptr);
  EVP_MD_CTX* const context = fresh_context();
  CAUCUS_ASSERT(EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, key.get()) == 1);
  return EVP_DigestVerify(context, raw(by.view()), signature::size, raw(what), what.size()) == 1;
}

} // namespace caucus
