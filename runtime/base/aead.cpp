#include "runtime/base/aead.hpp"

#include "runtime/base/assert.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

namespace caucus {

namespace {

struct free_context {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

EVP_CIPHER_CTX* fresh_context(const aead_key& key, const aead_nonce& nonce, bool sealing) {
  // Fetched once and kept: set-up costs more than the ciphering of short messages.
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, free_context> context{EVP_CIPHER_CTX_new()};
  CAUCUS_ASSERT(cipher != nullptr && context != nullptr);
  CAUCUS_ASSERT(EVP_CipherInit_ex(context.get(), cipher, nullptr,
                                  reinterpret_cast<const unsigned char*>(key.view().data()),
                                  reinterpret_cast<const unsigned char*>(nonce.raw.data()),
                                  sealing ? 1 : 0)
                == 1);
  return context.get();
}

/// Neither the key nor the nonce stays in the thread's context.
struct forget_key {
  explicit forget_key(EVP_CIPHER_CTX* of) : context{of} {}
  forget_key(const forget_key&) = delete;
  forget_key& operator=(const forget_key&) = delete;
  ~forget_key() { EVP_CIPHER_CTX_reset(context); }

  EVP_CIPHER_CTX* context;
};

/// A null `to` is for what is only authenticated.
bool update(EVP_CIPHER_CTX* context, std::byte* to, bytes_view from) {
  int written = 0;
  return from.empty()
         || EVP_CipherUpdate(context, reinterpret_cast<unsigned char*>(to), &written,
                             reinterpret_cast<const unsigned char*>(from.data()),
                             static_cast<int>(from.size()))
              == 1;
}

} // namespace

bytes seal(const aead_key& key, const aead_nonce& nonce, bytes_view plain, bytes_view beside) {
  CAUCUS_ASSERT(plain.size() <= aead_size_max && beside.size() <= aead_size_max);
  const forget_key used{fresh_context(key, nonce, true)};
  bytes out(plain.size() + aead_tag_size);
  std::array<unsigned char, aead_tag_size> rest{};
  int written = 0;
  CAUCUS_ASSERT(update(used.context, nullptr, beside));
  CAUCUS_ASSERT(update(used.context, out.data(), plain));
  CAUCUS_ASSERT(EVP_CipherFinal_ex(used.context, rest.data(), &written) == 1 && written == 0);
  CAUCUS_ASSERT(EVP_CIPHER_CTX_ctrl(used.context, EVP_CTRL_AEAD_GET_TAG, aead_tag_size,
                                    out.data() + plain.size())
                == 1);
  return out;
}

result<bytes> open(const aead_key& key, const aead_nonce& nonce, bytes_view sealed,
                   bytes_view beside) {
  if (sealed.size() < aead_tag_size || sealed.size() > aead_size_max + aead_tag_size
      || beside.size() > aead_size_max) {
    return fail(errc::bad_seal, "size");
  }
  const forget_key used{fresh_context(key, nonce, false)};
  const auto body = sealed.first(sealed.size() - aead_tag_size);
  std::array<std::byte, aead_tag_size> tag{};
  std::copy(sealed.end() - aead_tag_size, sealed.end(), tag.begin());
  CAUCUS_ASSERT(EVP_CIPHER_CTX_ctrl(used.context, EVP_CTRL_AEAD_SET_TAG, aead_tag_size, tag.data())
                == 1);
  bytes out(body.size());
  std::array<unsigned char, aead_tag_size> rest{};
  int written = 0;
  if (!update(used.context, nullptr, beside) || !update(used.context, out.data(), body)
      || EVP_CipherFinal_ex(used.context, rest.data(), &written) != 1) {
    ERR_clear_error(); // the queue is the thread's: the next TLS call would read it as its own
    wipe(out);
    return fail(errc::bad_seal);
  }
  return out;
}

} // namespace caucus
