#include "runtime/base/ed25519.hpp"

#include "runtime/base/assert.hpp"

#include <sodium.h>

namespace caucus {

namespace {

static_assert(crypto_sign_SEEDBYTES == key_seed::size);
static_assert(crypto_sign_PUBLICKEYBYTES == peer_id::size);
static_assert(crypto_sign_BYTES == signature::size);

const unsigned char* raw(bytes_view of) {
  return reinterpret_cast<const unsigned char*>(of.data());
}

/// The library chooses its code for this processor, once; 1: it had done so before.
void require_library() {
  static const int ready = ::sodium_init();
  CAUCUS_ASSERT(ready >= 0);
}

} // namespace

struct secret_key::state {
  key_seed seed;
  secret_bytes<struct prepared_key_tag, crypto_sign_SECRETKEYBYTES> prepared;
  peer_id id;
};

secret_key::secret_key(const key_seed& seed) : state_{std::make_unique<state>()} {
  require_library();
  state_->seed = seed;
  const auto prepared = state_->prepared.writable();
  CAUCUS_ASSERT(::crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(state_->id.raw.data()),
                                           reinterpret_cast<unsigned char*>(prepared.data()),
                                           raw(seed.view()))
                == 0);
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
  signature out;
  CAUCUS_ASSERT(::crypto_sign_detached(reinterpret_cast<unsigned char*>(out.raw.data()), nullptr,
                                       raw(what), what.size(), raw(key.state_->prepared.view()))
                == 0);
  return out;
}

bool verify(const peer_id& who, const signature& by, bytes_view what) {
  require_library();
  return ::crypto_sign_verify_detached(raw(by.view()), raw(what), what.size(), raw(who.view()))
         == 0;
}

} // namespace caucus
