#include "runtime/tls.hpp"

#include "runtime/identity.hpp"
#include "runtime/openssl.hpp"
#include "test/catch.hpp"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace caucus {
namespace {

struct ssl_free {
  void operator()(SSL* what) const { SSL_free(what); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_free>;

/// A node's own end: its key, certificate and both contexts.
struct party {
  secret_key key;
  x509_ptr x509;
  tls_context server;
  tls_context client;

  party() : key{*make_identity()} {
    auto made = make_x509(key);
    REQUIRE(made);
    x509 = std::move(*made);
    auto accepting = make_tls_context(key, x509, tls_side::server);
    auto dialling = make_tls_context(key, x509, tls_side::client);
    REQUIRE(accepting);
    REQUIRE(dialling);
    server = std::move(*accepting);
    client = std::move(*dialling);
  }
};

struct outcome {
  ssl_ptr server;
  ssl_ptr client;
  bool server_done = false;
  bool client_done = false;
};

/// A handshake in memory, until neither side gets any further.
outcome shake(SSL_CTX* server, SSL_CTX* client) {
  outcome out;
  out.server.reset(SSL_new(server));
  out.client.reset(SSL_new(client));
  BIO* one = nullptr;
  BIO* two = nullptr;
  REQUIRE(BIO_new_bio_pair(&one, 0, &two, 0) == 1);
  SSL_set_bio(out.server.get(), one, one);
  SSL_set_bio(out.client.get(), two, two);
  SSL_set_accept_state(out.server.get());
  SSL_set_connect_state(out.client.get());
  bool server_failed = false;
  for (int turn = 0; turn < 20; ++turn) { // TLS 1.3 takes 3
    const int dialled = SSL_do_handshake(out.client.get());
    out.client_done = dialled == 1;
    if (out.client_done) { // alerts that come after its own end
      char byte = 0;
      if (SSL_read(out.client.get(), &byte, 1) <= 0
          && SSL_get_error(out.client.get(), 0) != SSL_ERROR_WANT_READ) {
        out.client_done = SSL_is_init_finished(out.client.get()) == 1;
      }
    }
    if (!server_failed) {
      const int accepted = SSL_do_handshake(out.server.get());
      out.server_done = accepted == 1;
      server_failed =
        accepted != 1 && SSL_get_error(out.server.get(), accepted) != SSL_ERROR_WANT_READ;
    }
    ERR_clear_error();
  }
  return out;
}

/// A stranger's context: what the test makes of it, on top of a certificate and its key.
tls_context stranger(
  X509* x509, EVP_PKEY* pkey, const std::function<void(SSL_CTX*)>& shape = [](SSL_CTX*) {}) {
  tls_context out{SSL_CTX_new(TLS_client_method())};
  REQUIRE(out);
  if (x509 != nullptr) {
    REQUIRE(SSL_CTX_use_certificate(out.get(), x509) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(out.get(), pkey) == 1);
  }
  SSL_CTX_set_verify(out.get(), SSL_VERIFY_NONE, nullptr);
  const std::string alpn = "\x08" + std::string{tls_protocol};
  SSL_CTX_set_alpn_protos(out.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
  shape(out.get());
  return out;
}

openssl_ptr<EVP_PKEY> pkey_of(const secret_key& key) {
  return openssl_ptr<EVP_PKEY>{EVP_PKEY_new_raw_private_key(
    EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(key.seed().view().data()),
    32)};
}

/// A certificate for `subject`'s key, signed by `signer`.
openssl_ptr<X509> certificate(EVP_PKEY* subject, EVP_PKEY* signer, const char* issuer,
                              const EVP_MD* hash) {
  openssl_ptr<X509> out{X509_new()};
  X509_set_version(out.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
  X509_set_pubkey(out.get(), subject);
  const auto name = [](X509_NAME* of, const char* text) {
    X509_NAME_add_entry_by_txt(of, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text),
                               -1, -1, 0);
  };
  name(X509_get_subject_name(out.get()), "caucus node");
  const std::unique_ptr<X509_NAME, void (*)(X509_NAME*)> by{X509_NAME_new(), X509_NAME_free};
  name(by.get(), issuer);
  X509_set_issuer_name(out.get(), by.get());
  REQUIRE(X509_sign(out.get(), signer, hash) > 0);
  return out;
}

/// The server neither finishes nor names a peer.
void check_refused(const party& server, const tls_context& client) {
  const outcome tried = shake(server.server.get(), client.get());
  CHECK_FALSE(tried.server_done);
  const auto who = tls_peer(tried.server.get());
  REQUIRE_FALSE(who);
  CHECK(who.error().code == errc::bad_x509);
}

TEST_CASE("two nodes shake hands and each learns the other's identity") {
  const party alice;
  const party bob;
  const outcome link = shake(alice.server.get(), bob.client.get());
  REQUIRE(link.server_done);
  REQUIRE(link.client_done);
  CHECK(tls_peer(link.server.get()) == bob.key.id());
  CHECK(tls_peer(link.client.get()) == alice.key.id());
  CHECK(std::string{SSL_get_version(link.server.get())} == "TLSv1.3");
  CHECK(SSL_session_reused(link.client.get()) == 0);
  REQUIRE(SSL_write(link.client.get(), "hello", 5) == 5);
  std::string heard(5, '\0');
  REQUIRE(SSL_read(link.server.get(), heard.data(), 5) == 5);
  CHECK(heard == "hello");
}

TEST_CASE("nobody is named before the handshake is done") {
  const party alice;
  const ssl_ptr fresh{SSL_new(alice.server.get())};
  const auto who = tls_peer(fresh.get());
  REQUIRE_FALSE(who);
  CHECK(to_string(who.error()) == "bad_x509: the link is not TLS 1.3");
}

TEST_CASE("no session can be resumed: the server gives no ticket") {
  const party alice;
  const party bob;
  const outcome first = shake(alice.server.get(), bob.client.get());
  REQUIRE(first.client_done);
  REQUIRE(SSL_write(first.server.get(), "x", 1) == 1); // a ticket would have come before it
  char byte = 0;
  REQUIRE(SSL_read(first.client.get(), &byte, 1) == 1);
  CHECK(SSL_SESSION_is_resumable(SSL_get0_session(first.client.get())) == 0);
}

TEST_CASE("a client that is not one of us is refused by the server") {
  const party alice;
  const party bob;
  const auto key = pkey_of(bob.key);
  const openssl_ptr<EVP_PKEY> other = pkey_of(*make_identity());

  SECTION(
    "a stranger that does all as we do is accepted, so that the others fail for their reason") {
    const outcome tried = shake(alice.server.get(), stranger(bob.x509.get(), key.get()).get());
    CHECK(tried.server_done);
    CHECK(tls_peer(tried.server.get()) == bob.key.id());
  }
  SECTION("no certificate") {
    check_refused(alice, stranger(nullptr, nullptr));
  }
  SECTION("TLS 1.2") {
    check_refused(alice, stranger(bob.x509.get(), key.get(), [](SSL_CTX* context) {
                    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                  }));
  }
  SECTION("another protocol by ALPN") {
    check_refused(alice, stranger(bob.x509.get(), key.get(), [](SSL_CTX* context) {
                    SSL_CTX_set_alpn_protos(context,
                                            reinterpret_cast<const unsigned char*>("\x08"
                                                                                   "caucus/2"),
                                            9);
                  }));
  }
  SECTION("no ALPN at all") {
    check_refused(alice, stranger(bob.x509.get(), key.get(), [](SSL_CTX* context) {
                    SSL_CTX_set_alpn_protos(context, nullptr, 0);
                  }));
  }
  SECTION("an RSA certificate") {
    const openssl_ptr<EVP_PKEY> rsa{EVP_RSA_gen(2048)};
    const auto x509 = certificate(rsa.get(), rsa.get(), "caucus node", EVP_sha256());
    check_refused(alice, stranger(x509.get(), rsa.get()));
  }
  SECTION("a chain of two") {
    const auto second = certificate(other.get(), other.get(), "caucus node", nullptr);
    check_refused(alice, stranger(bob.x509.get(), key.get(), [&second](SSL_CTX* context) {
                    REQUIRE(SSL_CTX_add1_chain_cert(context, second.get()) == 1);
                  }));
  }
  SECTION("a certificate that another key signed") {
    const auto x509 = certificate(key.get(), other.get(), "caucus node", nullptr);
    check_refused(alice, stranger(x509.get(), key.get()));
  }
  SECTION("a certificate in another's name") {
    const auto x509 = certificate(key.get(), key.get(), "an authority", nullptr);
    check_refused(alice, stranger(x509.get(), key.get()));
  }
  SECTION("a certificate larger than any of ours") {
    const auto x509 = certificate(key.get(), key.get(), "caucus node", nullptr);
    const std::string padding(3'000, 'x');
    const openssl_ptr<X509> large{X509_dup(x509.get())};
    X509_NAME* name = X509_get_subject_name(large.get());
    for (int i = 0; i < 60; ++i) { // X.509 allows 64 characters a part
      X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(padding.data()), 60, -1, 0);
    }
    X509_set_issuer_name(large.get(), name);
    REQUIRE(X509_sign(large.get(), key.get(), nullptr) > 0);
    CHECK(key_of_x509(large.get()) == bob.key.id()); // nothing is wrong with it but its size
    check_refused(alice, stranger(large.get(), key.get()));
  }
}

TEST_CASE("a server that is not one of us is refused by the client") {
  const party alice;
  const party bob;
  const auto key = pkey_of(bob.key);
  const auto server = [](X509* x509, EVP_PKEY* pkey) {
    tls_context out{SSL_CTX_new(TLS_server_method())};
    REQUIRE(SSL_CTX_use_certificate(out.get(), x509) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(out.get(), pkey) == 1);
    return out;
  };
  SECTION("one that chooses no ALPN") {
    const auto context = server(bob.x509.get(), key.get());
    const outcome tried = shake(context.get(), alice.client.get());
    const auto who = tls_peer(tried.client.get());
    REQUIRE_FALSE(who);
    CHECK(to_string(who.error()) == "bad_x509: the other side does not speak caucus/1");
  }
  SECTION("one with an RSA certificate") {
    const openssl_ptr<EVP_PKEY> rsa{EVP_RSA_gen(2048)};
    const auto x509 = certificate(rsa.get(), rsa.get(), "caucus node", EVP_sha256());
    const auto context = server(x509.get(), rsa.get());
    const outcome tried = shake(context.get(), alice.client.get());
    CHECK_FALSE(tried.client_done);
    CHECK_FALSE(tls_peer(tried.client.get()));
  }
  SECTION("one whose certificate another key signed") {
    const openssl_ptr<EVP_PKEY> other = pkey_of(*make_identity());
    const auto x509 = certificate(key.get(), other.get(), "caucus node", nullptr);
    const auto context = server(x509.get(), key.get());
    const outcome tried = shake(context.get(), alice.client.get());
    CHECK_FALSE(tried.client_done);
    CHECK_FALSE(tls_peer(tried.client.get()));
  }
}

TEST_CASE("a certificate is judged by its key alone") {
  const auto key = make_identity();
  REQUIRE(key);
  const auto x509 = make_x509(*key);
  REQUIRE(x509);
  CHECK(key_of_x509(x509->get()) == key->id());
  CHECK_FALSE(key_of_x509(nullptr));
  X509_gmtime_adj(X509_getm_notAfter(x509->get()), -3600); // changed after it was signed
  CHECK_FALSE(key_of_x509(x509->get()));
  const auto pkey = pkey_of(*key);
  REQUIRE(X509_sign(x509->get(), pkey.get(), nullptr) > 0);
  CHECK(key_of_x509(x509->get()) == key->id()); // over, but no clock is asked
}

} // namespace
} // namespace caucus
