#include "runtime/identity.hpp"

#include "messages/try.hpp"
#include "runtime/file.hpp"
#include "runtime/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <cstddef>

namespace caucus {

namespace {

/// 16 KiB: a key file has about 120 bytes; more leaves room for comments and none for mischief.
constexpr file_kind identity_kind{.name = "the identity key",
                                  .make_one = "make one with `caucus keygen`, or copy the node's "
                                              "own key there",
                                  .size_max = 16 * 1024,
                                  .secret = true};

unsigned char* raw(std::byte* of) {
  return reinterpret_cast<unsigned char*>(of);
}

/// A PEM key may be encrypted; then OpenSSL would ask on the terminal. No: such a key is refused.
int no_password(char* /*out*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

/// Memory that held a key, wiped.
struct wiped {
  std::string text;
  wiped() = default;
  explicit wiped(std::string from) : text{std::move(from)} {}
  wiped(const wiped&) = delete;
  wiped& operator=(const wiped&) = delete;
  ~wiped() { OPENSSL_cleanse(text.data(), text.size()); }
};

} // namespace

result<secret_key> make_identity() {
  key_seed seed;
  if (RAND_priv_bytes(raw(seed.writable().data()), static_cast<int>(key_seed::size)) != 1) {
    ERR_clear_error();
    return fail(errc::internal, "the system gives no randomness for a key");
  }
  return secret_key{seed};
}

result<std::string> identity_to_pem(const secret_key& key) {
  const auto* seed = reinterpret_cast<const unsigned char*>(key.seed().view().data());
  const openssl_ptr<EVP_PKEY> pkey{
    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, key_seed::size)};
  const openssl_ptr<BIO> out{BIO_new(BIO_s_secmem())}; // wiped when freed
  if (!pkey || !out
      || PEM_write_bio_PKCS8PrivateKey(out.get(), pkey.get(), nullptr, nullptr, 0, nullptr, nullptr)
           != 1) {
    ERR_clear_error();
    return fail(errc::internal, "OpenSSL could not write the key");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string{text, static_cast<std::size_t>(size)};
}

result<void> save_identity(const secret_key& key, const std::filesystem::path& path) {
  CAUCUS_TRY(std::string pem, identity_to_pem(key));
  const wiped text{std::move(pem)};
  return write_new_file(path, text.text, 0600);
}

result<secret_key> identity_from_pem(std::string_view pem, std::string_view name) {
  const openssl_ptr<BIO> in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  const openssl_ptr<EVP_PKEY> pkey{
    in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr) : nullptr};
  ERR_clear_error();
  if (!pkey) {
    return fail(errc::file_malformed,
                std::string{name}
                  + " holds no private key in PEM without a password; restore it from a copy, or "
                    "make a new one with `caucus keygen` (a new identity)");
  }
  key_seed seed;
  std::size_t size = key_seed::size;
  if (EVP_PKEY_get_id(pkey.get()) != EVP_PKEY_ED25519
      || EVP_PKEY_get_raw_private_key(pkey.get(), raw(seed.writable().data()), &size) != 1
      || size != key_seed::size) {
    ERR_clear_error();
    return fail(errc::file_malformed,
                std::string{name}
                  + " holds a key of another kind; an identity is an Ed25519 key, "
                    "make one with `caucus keygen`");
  }
  return secret_key{seed};
}

result<secret_key> load_identity(const std::filesystem::path& path) {
  CAUCUS_TRY(std::string pem, read_file(path, identity_kind));
  const wiped text{std::move(pem)};
  return identity_from_pem(text.text, path.string());
}

} // namespace caucus
