#include "runtime/tls.hpp"

#include "runtime/openssl.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace caucus {

namespace {

/// ALPN's list of one: a length byte and the name.
constexpr auto alpn_list = [] {
  std::array<unsigned char, tls_protocol.size() + 1> out{};
  out[0] = static_cast<unsigned char>(tls_protocol.size());
  std::copy(tls_protocol.begin(), tls_protocol.end(), out.begin() + 1);
  return out;
}();

/// A general certificate of RFC 5280's "no well-defined end" (section 4.1.2.5): nodes may have no
/// clock that anyone believes, so time is no part of the judgement.
constexpr const char* without_beginning = "19700101000000Z";
constexpr const char* without_end = "99991231235959Z";

openssl_ptr<EVP_PKEY> pkey_of(const secret_key& key) {
  const auto* seed = reinterpret_cast<const unsigned char*>(key.seed().view().data());
  return openssl_ptr<EVP_PKEY>{
    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, key_seed::size)};
}

/// Exactly one certificate, and a good one; the chain, names, times and purposes of X.509 mean
/// nothing here.
int judge_chain(X509_STORE_CTX* chain, void* /*unused*/) {
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(chain);
  X509* x509 = X509_STORE_CTX_get0_cert(chain);
  if (x509 == nullptr || (sent != nullptr && sk_X509_num(sent) != 1)) {
    X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_CHAIN_TOO_LONG);
    return 0;
  }
  if (!key_of_x509(x509)) {
    X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_REJECTED);
    return 0;
  }
  X509_STORE_CTX_set_error(chain, X509_V_OK);
  return 1;
}

/// OpenSSL asks alpn_select only if the client sent any ALPN.
int require_alpn(SSL* link, int* alert, void* /*unused*/) {
  const unsigned char* list = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(link, TLSEXT_TYPE_application_layer_protocol_negotiation, &list,
                                &size)
      != 1) {
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

int alpn_select(SSL* /*link*/, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, alpn_list.data(), alpn_list.size(), offered,
                            offered_size)
      != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

} // namespace

void tls_free::operator()(ssl_ctx_st* what) const {
  SSL_CTX_free(what);
}
void tls_free::operator()(x509_st* what) const {
  X509_free(what);
}

std::string tls_error_text() {
  std::array<char, 256> text{};
  const unsigned long first = ERR_get_error(); // the cause comes first, what followed from it later
  ERR_clear_error();
  if (first == 0) {
    return "no reason given";
  }
  ERR_error_string_n(first, text.data(), text.size());
  return text.data();
}

result<x509_ptr> make_x509(const secret_key& key) {
  x509_ptr x509{X509_new()};
  const openssl_ptr<EVP_PKEY> pkey = pkey_of(key);
  const auto* name = reinterpret_cast<const unsigned char*>("caucus node");
  bool fine = x509 && pkey && X509_set_version(x509.get(), X509_VERSION_3) == 1
              && ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1) == 1
              && ASN1_TIME_set_string(X509_getm_notBefore(x509.get()), without_beginning) == 1
              && ASN1_TIME_set_string(X509_getm_notAfter(x509.get()), without_end) == 1
              && X509_set_pubkey(x509.get(), pkey.get()) == 1;
  if (fine) {
    X509_NAME* subject = X509_get_subject_name(x509.get());
    fine = X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1
           && X509_set_issuer_name(x509.get(), subject) == 1
           && X509_sign(x509.get(), pkey.get(), nullptr) > 0; // Ed25519 hashes on its own
  }
  if (!fine) {
    return fail(errc::internal, "no certificate could be made: " + tls_error_text());
  }
  return x509;
}

result<peer_id> key_of_x509(x509_st* x509) {
  EVP_PKEY* pkey = x509 != nullptr ? X509_get0_pubkey(x509) : nullptr;
  peer_id who;
  std::size_t size = peer_id::size;
  const bool ed25519 =
    pkey != nullptr && EVP_PKEY_get_id(pkey) == EVP_PKEY_ED25519
    && EVP_PKEY_get_raw_public_key(pkey, reinterpret_cast<unsigned char*>(who.raw.data()), &size)
         == 1
    && size == peer_id::size;
  const bool own = ed25519 && X509_get_signature_nid(x509) == NID_ED25519
                   && X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0
                   && X509_verify(x509, pkey) == 1;
  ERR_clear_error();
  if (!ed25519) {
    return fail(errc::bad_x509, "its key is not an Ed25519 key");
  }
  if (!own) {
    return fail(errc::bad_x509, "it is not signed by its own key");
  }
  return who;
}

result<tls_context> make_tls_context(const secret_key& key, const x509_ptr& x509, tls_side side) {
  const bool server = side == tls_side::server;
  tls_context context{SSL_CTX_new(server ? TLS_server_method() : TLS_client_method())};
  const openssl_ptr<EVP_PKEY> pkey = pkey_of(key);
  if (!context || !pkey || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1
      || SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) != 1
      || SSL_CTX_use_certificate(context.get(), x509.get()) != 1
      || SSL_CTX_use_PrivateKey(context.get(), pkey.get()) != 1
      || SSL_CTX_set1_groups_list(context.get(), "X25519") != 1
      || SSL_CTX_set1_sigalgs_list(context.get(), "ed25519") != 1) {
    return fail(errc::internal, "no TLS context could be made: " + tls_error_text());
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION
                                       | SSL_OP_NO_COMPRESSION | SSL_OP_SINGLE_ECDH_USE);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_max_early_data(context.get(), 0);
  SSL_CTX_set_recv_max_early_data(context.get(), 0);
  SSL_CTX_set_max_cert_list(context.get(), x509_size_max);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE
                                    | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                    | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), judge_chain, nullptr);
  if (server) {
    SSL_CTX_set_client_hello_cb(context.get(), require_alpn, nullptr);
    SSL_CTX_set_alpn_select_cb(context.get(), alpn_select, nullptr);
  } else if (SSL_CTX_set_alpn_protos(context.get(), alpn_list.data(), alpn_list.size()) != 0) {
    return fail(errc::internal, "no TLS context could be made: " + tls_error_text());
  }
  return context;
}

result<peer_id> tls_peer(const ssl_st* link) {
  if (SSL_is_init_finished(link) != 1 || SSL_version(link) != TLS1_3_VERSION) {
    return fail(errc::bad_x509, "the link is not TLS 1.3");
  }
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(link, &protocol, &size);
  if (size != tls_protocol.size() || std::memcmp(protocol, tls_protocol.data(), size) != 0) {
    return fail(errc::bad_x509, "the other side does not speak " + std::string{tls_protocol});
  }
  if (SSL_get_verify_result(link) != X509_V_OK) {
    return fail(errc::bad_x509, "its certificate was refused");
  }
  const openssl_ptr<X509> x509{SSL_get1_peer_certificate(link)};
  return key_of_x509(x509.get());
}

} // namespace caucus
