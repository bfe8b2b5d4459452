#include "test/system/siege.hpp"

#include "messages/hello.hpp"
#include "messages/proof.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/archive/frame_header.hpp"
#include "runtime/base/text.hpp"
#include "runtime/openssl.hpp"
#include "test/runtime/archive/every_packet.hpp"

#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

// Strangers at the door of a real node: each is refused within limits of time and count, each cause is
// logged once, and the group does not notice.

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;

constexpr int times = 10; ///< of each attack, each by another stranger

frame_header header_of(packet_code code) {
  frame_header out;
  out.code = code;
  return out;
}

TEST_CASE("a node of another network is refused, and both say so once") {
  siege under;
  cluster other{{.nodes = 1,
                 .durability = "memory",
                 .settings = {{"net.join", "[\"127.0.0.1:" + std::to_string(under.port()) + "\"]"}},
                 .genesis = {}}};
  other.start(0);
  other.wait_until("the other node is told why",
                   [&] { return other.log(0).find("wrong_network") != std::string::npos; });
  network_id strange;
  strange.raw.fill(std::byte{7});
  for (int i = 0; i < times; ++i) {
    const auto who = masquerade::stranger();
    hostile_peer peer{under.port()};
    REQUIRE(peer.secure(who.tls.get()));
    REQUIRE(peer.say_hello(strange));
    CHECK(peer.read_goodbye() == errc::wrong_network);
    CHECK(peer.closed());
  }
  CHECK(other.view(0).peers == 0);
  CHECK(under.lines_with("wrong_network") == 1);
  under.check_unharmed();
}

// -- TLS -------------------------------------------------------------------------------------------

openssl_ptr<X509> certificate(EVP_PKEY* subject, EVP_PKEY* signer, const EVP_MD* hash) {
  openssl_ptr<X509> out{X509_new()};
  X509_set_version(out.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
  X509_set_pubkey(out.get(), subject);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("caucus node"), -1, -1, 0);
  X509_set_issuer_name(out.get(), X509_get_subject_name(out.get()));
  REQUIRE(X509_sign(out.get(), signer, hash) > 0);
  return out;
}

openssl_ptr<EVP_PKEY> new_ed25519() {
  return openssl_ptr<EVP_PKEY>{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

void set_alpn(SSL_CTX* of, const std::string& protocol) {
  const auto list = static_cast<char>(protocol.size()) + protocol;
  SSL_CTX_set_alpn_protos(of, reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
}

/// A client that trusts anybody and speaks our protocol, and shows this certificate.
tls_context client_with(X509* x509, EVP_PKEY* key) {
  tls_context out{SSL_CTX_new(TLS_client_method())};
  SSL_CTX_set_verify(out.get(), SSL_VERIFY_NONE, nullptr);
  set_alpn(out.get(), "caucus/1");
  if (x509 != nullptr) {
    REQUIRE(SSL_CTX_use_certificate(out.get(), x509) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(out.get(), key) == 1);
  }
  return out;
}

tls_context good_client() {
  const auto key = new_ed25519();
  return client_with(certificate(key.get(), key.get(), nullptr).get(), key.get());
}

struct tls_row {
  std::string name;
  std::function<tls_context()> make;
};

std::vector<tls_row> bad_clients() {
  return {
    {"an RSA certificate",
     [] {
       const openssl_ptr<EVP_PKEY> rsa{EVP_RSA_gen(2048)};
       return client_with(certificate(rsa.get(), rsa.get(), EVP_sha256()).get(), rsa.get());
     }},
    {"a chain of two",
     [] {
       const auto one = new_ed25519();
       const auto two = new_ed25519();
       auto out = client_with(certificate(one.get(), one.get(), nullptr).get(), one.get());
       SSL_CTX_add1_chain_cert(out.get(), certificate(two.get(), two.get(), nullptr).get());
       return out;
     }},
    {"signed by another's key",
     [] {
       const auto one = new_ed25519();
       const auto two = new_ed25519();
       return client_with(certificate(one.get(), two.get(), nullptr).get(), one.get());
     }},
    {"no certificate", [] { return client_with(nullptr, nullptr); }},
    {"TLS 1.2",
     [] {
       auto out = good_client();
       SSL_CTX_set_max_proto_version(out.get(), TLS1_2_VERSION);
       return out;
     }},
    {"another protocol",
     [] {
       auto out = good_client();
       set_alpn(out.get(), "h2");
       return out;
     }},
    {"no protocol",
     [] {
       auto out = good_client();
       SSL_CTX_set_alpn_protos(out.get(), nullptr, 0);
       return out;
     }},
  };
}

TEST_CASE("whoever does not speak our TLS with one certificate of its own hears not one frame") {
  siege under;
  for (const auto& row : bad_clients()) {
    for (int i = 0; i < times; ++i) {
      INFO(row.name << ", " << i);
      const auto context = row.make();
      hostile_peer peer{under.port()};
      if (peer.secure(context.get())) { // as far as it can tell: its certificate is judged later
        static_cast<void>(peer.say_hello(under.network()));
        CHECK_FALSE(peer.read());
      }
      CHECK(peer.closed());
    }
  }
  CHECK(under.lines_with("bad_x509") == 1);
  // The judgement is not one that refuses all: a stranger with a good certificate gets in.
  hostile_peer honest{under.port()};
  CHECK(honest.enter(masquerade::stranger(), under.network()));
  under.check_unharmed();
}

TEST_CASE("a node that meets its own key refuses the link") {
  siege under;
  const auto self = masquerade::of(under.group().directory(0) / "identity.key");
  for (int i = 0; i < times; ++i) {
    hostile_peer peer{under.port()};
    REQUIRE(peer.secure(self.tls.get()));
    REQUIRE(peer.say_hello(under.network()));
    CHECK(peer.read_goodbye() == errc::own_id);
    CHECK(peer.closed());
  }
  CHECK(under.lines_with("own_id") == 1);
  under.check_unharmed();
}

// -- frames ----------------------------------------------------------------------------------------

struct frame_row {
  std::string name;
  std::function<bool(hostile_peer&, const network_id&)> attack; ///< false: could not be sent
  errc why;
};

std::vector<frame_row> bad_frames() {
  return {
    {"a second identity on one connection",
     [](hostile_peer& peer, const network_id& network) { return peer.say_hello(network); },
     errc::out_of_turn},
    {"random bytes",
     [](hostile_peer& peer, const network_id&) {
       bytes noise(4'096);
       std::uint32_t seed = 12'345;
       for (auto& one : noise) {
         seed = seed * 1'664'525 + 1'013'904'223; // Numerical Recipes' generator
         one = static_cast<std::byte>(seed >> 24U);
       }
       return peer.write(noise);
     },
     errc::body_too_large},
    {"a frame that was left out",
     [](hostile_peer& peer, const network_id& network) {
       auto header = header_of(code_of<ping>);
       header.body_size = 8;
       header.nonce = peer.next_nonce() + 1;
       header.tag = test::tag_of(network, header.code);
       return peer.send_as_is(header, bytes(8));
     },
     errc::nonce_gap},
    {"another network's tag",
     [](hostile_peer& peer, const network_id& network) {
       auto header = header_of(code_of<ping>);
       header.body_size = 8;
       header.nonce = peer.next_nonce();
       header.tag = test::tag_of(network, header.code) ^ 1U;
       return peer.send_as_is(header, bytes(8));
     },
     errc::wrong_tag},
    {"flags of no frame",
     [](hostile_peer& peer, const network_id& network) {
       auto header = header_of(code_of<vote>);
       header.flags = flag_request;
       header.msg_id = 5;
       return peer.send(header, bytes(8), network);
     },
     errc::bad_flags},
    {"a length of 4 GiB",
     [](hostile_peer& peer, const network_id& network) {
       auto header = header_of(code_of<batch>);
       header.body_size = 0xFFFF'FFFF;
       header.nonce = peer.next_nonce();
       header.tag = test::tag_of(network, header.code);
       return peer.send_as_is(header, {});
     },
     errc::body_too_large},
    {"a response to what was never asked",
     [](hostile_peer& peer, const network_id& network) {
       auto header = header_of(code_of<tip_response>);
       header.flags = flag_response;
       header.msg_id = 77'777;
       return peer.send(header, bytes(2), network);
     },
     errc::unasked_response},
    {"a body with a million elements that are not there",
     [](hostile_peer& peer, const network_id& network) {
       auto header = header_of(code_of<caucus::certificate>);
       header.group = group_id{1};
       bytes body(8 * 1024 - 1, std::byte{0xFF}); // a count far beyond
       return peer.send(header, body, network);
     },
     errc::out_of_range},
  };
}

TEST_CASE("a stranger's link ends with its first bad frame, each cause is logged once") {
  siege under;
  for (const auto& row : bad_frames()) {
    for (int i = 0; i < times; ++i) {
      INFO(row.name << ", " << i);
      const auto who = masquerade::stranger();
      hostile_peer peer{under.port()};
      REQUIRE(peer.enter(who, under.network()));
      REQUIRE(row.attack(peer, under.network()));
      CHECK(peer.read_goodbye() == row.why);
      CHECK(peer.closed());
    }
    INFO(row.name);
    under.group().wait_until("it is logged",
                             [&] { return under.lines_with(to_string(row.why)) > 0; });
    CHECK(under.lines_with(to_string(row.why)) == 1);
  }
  under.check_unharmed();
}

TEST_CASE("before its hello a stranger may send no more than a hello") {
  siege under;
  for (int i = 0; i < times; ++i) {
    const auto who = masquerade::stranger();
    hostile_peer vote{under.port()};
    REQUIRE(vote.secure(who.tls.get()));
    REQUIRE(vote.send(header_of(code_of<caucus::vote>), bytes(64), under.network()));
    CHECK(vote.read_goodbye() == errc::out_of_turn);
    hostile_peer large{under.port()};
    REQUIRE(large.secure(who.tls.get()));
    auto header = header_of(code_of<hello>);
    header.body_size = 5'000; // 4 KiB are all that it is owed
    REQUIRE(large.send_as_is(header, {}));
    CHECK(large.read_goodbye() == errc::body_too_large);
  }
  under.check_unharmed();
}

TEST_CASE("a code that nobody knows is skipped, and the link lives on") {
  siege under;
  const auto who = masquerade::stranger();
  hostile_peer peer{under.port()};
  REQUIRE(peer.enter(who, under.network()));
  for (int i = 0; i < times; ++i) {
    REQUIRE(peer.send(header_of(packet_code{0x7FFF}), bytes(1'000), under.network()));
  }
  REQUIRE(peer.send(header_of(code_of<ping>), encode(ping{4'711}), under.network()));
  std::optional<hostile_peer::frame> heard;
  do {
    heard = peer.read();
    REQUIRE(heard);
  } while (heard->header.code != code_of<pong> || decode<ping>(heard->body) != ping{4'711});
  under.check_unharmed();
}

// -- before TLS ------------------------------------------------------------------------------------

TEST_CASE("who asks for all there is and reads no answer holds up no vote and fills no memory") {
  siege under;
  auto to = under.group().talk(0);
  const auto self = to_text(masquerade::of(under.group().directory(0) / "identity.key").key.id());
  for (int i = 0; i < 60; ++i) {
    const auto put = cluster::propose(to, "profile", "put",
                                      {self + "/" + std::to_string(i), std::string(3'000, 'x')});
    REQUIRE(put.outcome == "applied");
  }
  const auto who = masquerade::stranger();
  hostile_peer peer{under.port()};
  REQUIRE(peer.enter(who, under.network()));
  auto header = header_of(code_of<read_request>);
  header.flags = flag_request;
  header.group = group_id{1};
  const auto all = encode(read_request{"profile", {}, true, {}});
  bool taken = true;
  for (header.msg_id = 1; taken && header.msg_id <= 20'000; ++header.msg_id) {
    taken = peer.send(header, all, under.network());
  }
  under.check_goes_on();
  CHECK(under.group().view(0).height > 0); // the notary answers
  under.check_unharmed();
}

TEST_CASE("garbage before TLS is cut off at once") {
  siege under;
  const std::vector<std::string> noise{
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    std::string(100'000, 'x'),
    std::string(100'000, '\0'),
    "\x16\x03\x01\xff\xff\x01\xff\xff\xff", // a record and a ClientHello beyond all measure
    "SSH-2.0-OpenSSH_9.2\r\n",
  };
  for (int i = 0; i < times; ++i) {
    for (const auto& one : noise) {
      INFO(one.substr(0, 20));
      hostile_peer peer{under.port()};
      static_cast<void>(peer.write(one));
      CHECK(peer.closed());
    }
  }
  CHECK(under.lines_with("before hello") <= 3); // not TLS, hung up, too late
  under.check_unharmed();
}

TEST_CASE("200 half-open handshakes take neither the node's files nor anybody's place") {
  siege under;
  const auto pid = under.group().of(0).pid();
  const auto files = open_files(pid);
  std::list<hostile_peer> all;
  for (int i = 0; i < 200; ++i) {
    all.emplace_back(under.port());
    // The beginning of a ClientHello, and then silence.
    static_cast<void>(
      all.back().write(std::string_view{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03", 10}));
  }
  under.group().wait_until("those beyond the limit are turned away",
                           [&] { return open_files(pid) <= files + 64 + 2; });
  under.check_goes_on();
  // A member that comes now, from the attackers' own address, finds its place.
  under.group().kill(3);
  under.group().start(3);
  under.group().wait_until(
    "the member is back", [&] { return under.group().view(3).peers == 3; }, 15s);
  under.group().wait_until(
    "all of them are closed",
    [&] {
      all.remove_if([](hostile_peer& one) { return one.closed_now(); });
      return all.empty();
    },
    15s);
  CHECK(under.lines_with("handshake_timeout") == 1);
  under.check_goes_on();
}

} // namespace
} // namespace caucus::harness
