#include "actors/peer_net/limits.hpp"
#include "test/actors/peer_net/node.hpp"
#include "test/actors/peer_net/raw_client.hpp"

#include <atomic>
#include <future>
#include <vector>

// Attacks over real sockets. Each time two honest nodes have a link, and it lives on.

namespace caucus::test {
namespace {

struct besieged {
  node a{local()};
  node b{[this] {
    auto options = local();
    options.net.join = {a.address()};
    return options;
  }()};
  link_id link_of_b;

  besieged() {
    REQUIRE(until({&a, &b}, [this] { return a.link_to(b.id()) && b.link_to(a.id()); }));
    link_of_b = *a.link_to(b.id());
  }
  /// Runs the attack on a thread of its own, while the nodes have their turns.
  template <class Attack>
  auto under(Attack attack) {
    auto done = std::async(std::launch::async, std::move(attack));
    REQUIRE(until({&a, &b}, [&] {
      return done.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
    }));
    return done.get();
  }
  /// The honest link is the one of before, and carries frames.
  void check_unharmed() {
    const auto before = a.all<frame_in>().size();
    b.send(vote_frame(*b.link_to(a.id()), 1));
    CHECK(until({&a, &b}, [&] { return a.all<frame_in>().size() > before; }));
    CHECK(a.link_to(b.id()) == link_of_b);
    CHECK(a.up.size() == 1);
  }
  [[nodiscard]] hello good_hello() const {
    hello out;
    out.network = network_named(1);
    out.agent = "raw";
    return out;
  }
};

using goodbye_reason = std::optional<errc>;

TEST_CASE("a hello that does not fit is answered by a goodbye that says why") {
  besieged net;
  const stranger who;
  const auto say = [&](const hello& what) {
    return net.under([&]() -> goodbye_reason {
      raw_client client{net.a.port()};
      if (!client.secure(who.tls.get()) || !client.send_hello(what)) {
        return std::nullopt;
      }
      return client.read_goodbye();
    });
  };
  auto other_network = net.good_hello();
  other_network.network = network_named(9);
  CHECK(say(other_network) == errc::wrong_network);
  auto later = net.good_hello();
  later.version_min = later.version_max = 99;
  CHECK(say(later) == errc::no_common_version);
  auto neighbour = net.good_hello();
  neighbour.neighbour_id = 5;
  CHECK(say(neighbour) == errc::unknown_neighbour);
  net.check_unharmed();
}

TEST_CASE("a ready link of a stranger ends with the first frame that breaks a rule") {
  struct row {
    std::string name;
    std::function<bool(raw_client&)> attack;
    errc why;
  };
  const auto network = network_named(1);
  const auto given = GENERATE_COPY(values<row>({
    {"a second hello",
     [](raw_client& c) {
       hello again;
       again.network = network_named(1);
       return c.send_hello(again);
     },
     errc::out_of_turn},
    {"4 GiB",
     [](raw_client& c) {
       frame_header header;
       header.code = code_of<vote>;
       header.body_size = 0xFFFFFFFF;
       header.nonce = 2;
       return c.write(encode_header(header));
     },
     errc::body_too_large},
    {"garbage", [](raw_client& c) { return c.write(bytes(1'000, std::byte{0x5A})); },
     errc::body_too_large},
    {"a response that nobody asked for",
     [network](raw_client& c) {
       frame_header header;
       header.code = code_of<tip_response>;
       header.flags = flag_response;
       header.msg_id = 1;
       return c.send(header, bytes(2), network);
     },
     errc::unasked_response},
    {"a body that is no goodbye",
     [network](raw_client& c) {
       frame_header header;
       header.code = code_of<ping>;
       return c.send(header, bytes(9), network);
     },
     errc::trailing_bytes},
  }));
  INFO(given.name);
  besieged net;
  const stranger who;
  const auto reason = net.under([&]() -> goodbye_reason {
    raw_client client{net.a.port()};
    if (!client.secure(who.tls.get()) || !client.send_hello(net.good_hello()) || !client.read()) {
      return std::nullopt;
    }
    frame_header header;
    header.code = code_of<ping>;
    if (!client.send(header, encode(ping{1}), network) || !given.attack(client)) {
      return std::nullopt;
    }
    return client.read_goodbye();
  });
  CHECK(reason == given.why);
  REQUIRE(until({&net.a, &net.b}, [&] { return net.a.up.size() == 1; }));
  net.check_unharmed();
}

TEST_CASE("before its hello is accepted a stranger may say nothing else") {
  besieged net;
  const stranger who;
  const auto network = network_named(1);
  const auto early = [&](packet_code code, std::size_t size) {
    return net.under([&]() -> goodbye_reason {
      raw_client client{net.a.port()};
      frame_header header;
      header.code = code;
      if (!client.secure(who.tls.get()) || !client.send(header, bytes(size), network)) {
        return std::nullopt;
      }
      return client.read_goodbye();
    });
  };
  CHECK(early(code_of<vote>, 10) == errc::out_of_turn);
  CHECK(early(code_of<ping>, 8) == errc::out_of_turn);
  CHECK(early(code_of<proposal>, 5'000) == errc::body_too_large);
  CHECK(net.a.all<frame_in>().empty());
  net.check_unharmed();
}

TEST_CASE("TLS 1.2, plain text and foreign certificates are refused before any hello") {
  besieged net;
  const auto refused = [&](ssl_ctx_st* context) {
    return net.under([&] {
      raw_client client{net.a.port()};
      hello what = net.good_hello();
      // A client's handshake may end before the server has judged it: what counts is that no frame
      // ever comes back.
      return !client.secure(context) || !client.send_hello(what) || !client.read();
    });
  };
  const stranger who;
  SECTION("TLS 1.2") {
    std::unique_ptr<SSL_CTX, tls_free> old{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_max_proto_version(old.get(), TLS1_2_VERSION);
    CHECK(refused(old.get()));
  }
  SECTION("no certificate") {
    std::unique_ptr<SSL_CTX, tls_free> bare{SSL_CTX_new(TLS_client_method())};
    const unsigned char alpn[] = "\x08"
                                 "caucus/1";
    SSL_CTX_set_alpn_protos(bare.get(), alpn, 9);
    CHECK(refused(bare.get()));
  }
  SECTION("another kind of key") {
    std::unique_ptr<SSL_CTX, tls_free> foreign{SSL_CTX_new(TLS_client_method())};
    const openssl_ptr<EVP_PKEY> key{EVP_EC_gen("P-256")};
    const openssl_ptr<X509> x509{X509_new()};
    X509_set_pubkey(x509.get(), key.get());
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3'600);
    X509_sign(x509.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(foreign.get(), x509.get());
    SSL_CTX_use_PrivateKey(foreign.get(), key.get());
    const unsigned char alpn[] = "\x08"
                                 "caucus/1";
    SSL_CTX_set_alpn_protos(foreign.get(), alpn, 9);
    CHECK(refused(foreign.get()));
  }
  SECTION("plain text") {
    CHECK(net.under([&] {
      raw_client client{net.a.port()};
      client.write_plain("GET / HTTP/1.1\r\n\r\n");
      return client.closed();
    }));
  }
  net.check_unharmed();
}

TEST_CASE("200 half-open handshakes are turned away beyond the limit, and an honest node gets in") {
  auto options = local();
  options.net.handshakes = 32;
  options.net.handshakes_per_address = 16;
  node a{options};
  std::vector<std::unique_ptr<raw_client>> slow;
  for (int i = 0; i < 200; ++i) { // they connect, and say nothing
    slow.push_back(std::make_unique<raw_client>(a.port()));
  }
  auto others = local();
  others.net.join = {a.address()};
  node b{others};
  REQUIRE(until({&a, &b}, [&] { return a.link_to(b.id()) && b.link_to(a.id()); }));
  CHECK(a.status().refused >= 200 - 16);
  b.send(vote_frame(*b.link_to(a.id()), 1));
  CHECK(until({&a, &b}, [&] { return !a.all<frame_in>().empty(); }));
}

TEST_CASE("a handshake that is not over in time ends") {
  auto options = local();
  options.net.handshake_timeout = std::chrono::milliseconds{150};
  node a{options};
  raw_client client{a.port()};
  CHECK(client.closed());
  CHECK(until({&a}, [&] { return a.status().refused == 1; }));
}

TEST_CASE("a peer that goes silent is hung up on") {
  auto options = local();
  options.net.keepalive = std::chrono::milliseconds{50};
  options.net.dead_after = std::chrono::milliseconds{300};
  node a{options};
  const stranger who;
  raw_client client{a.port()};
  auto talk = std::async(std::launch::async, [&] {
    hello what;
    what.network = network_named(1);
    frame_header header;
    header.code = code_of<ping>;
    return client.secure(who.tls.get()) && client.send_hello(what) && client.read()
           && client.send(header, encode(ping{1}), what.network);
  });
  REQUIRE(until({&a}, [&] { return a.all<link_down>().size() == 1; }));
  CHECK(talk.get());
  CHECK(a.all<link_down>().front().code == errc::keepalive_timeout);
}

TEST_CASE("a node that finds another identity than it dialled takes no link") {
  node a{local()};
  auto options = local();
  options.members = {{peer_id{{std::byte{1}}}, a.address()}};
  node b{options};
  // a is told of the end of a link that had got as far as an identity; before, only of listening.
  REQUIRE(until({&a, &b}, [&] { return a.events_edge()->counts().pushed >= 2; }));
  CHECK(b.heard.empty());
  CHECK(a.heard.empty());
}

TEST_CASE("a port that is taken is an error that says what to do") {
  const node a{local()};
  io_thread io{"second"};
  transport_settings settings;
  settings.net.hostname = "127.0.0.1";
  settings.net.port = a.port();
  transport second{io, std::move(settings), {}};
  const auto started = second.start();
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().code == errc::in_use);
  CHECK(started.error().detail.find(a.address()) != std::string::npos);
  CHECK(started.error().detail.find("--port") != std::string::npos);
}

} // namespace
} // namespace caucus::test
