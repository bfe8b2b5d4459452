#include "actors/rpc/control_server.hpp"

#include "actors/rpc/control_path.hpp"
#include "runtime/io_thread.hpp"
#include "test/catch.hpp"
#include "test/harness/ports.hpp"
#include "test/runtime/store/temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// The control socket as callers have it, who close as they like. The test is the rpc actor behind it.

namespace caucus {
namespace {

using namespace std::chrono_literals;

/// Only a broken test waits so long.
constexpr auto patience = 20s;

const std::string follows = "GET /v1/log?follow=1 HTTP/1.1\r\nHost: node\r\n\r\n";

/// One connection, closed at its end.
class caller {
public:
  explicit caller(const std::filesystem::path& folder)
      : at_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    ::sockaddr_un to{};
    to.sun_family = AF_UNIX;
    const auto path = socket_path::in(folder, control_socket_name);
    REQUIRE(path);
    std::memcpy(static_cast<char*>(to.sun_path), path->path().c_str(), path->path().size() + 1);
    REQUIRE(::connect(at_, reinterpret_cast<const ::sockaddr*>(&to), sizeof to) == 0);
  }
  /// A monitor on this port.
  explicit caller(std::uint16_t port) : at_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    ::sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(at_, reinterpret_cast<const ::sockaddr*>(&to), sizeof to) == 0);
  }
  caller(caller&& other) noexcept : at_{std::exchange(other.at_, -1)} {}
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;
  ~caller() {
    if (at_ >= 0) {
      ::close(at_);
    }
  }

  void say(const std::string& text) const {
    REQUIRE(::send(at_, text.data(), text.size(), MSG_NOSIGNAL)
            == static_cast<::ssize_t>(text.size()));
  }
  void say_all() const { REQUIRE(::shutdown(at_, SHUT_WR) == 0); }
  /// Until there is something to read, which stays unread.
  void wait() const {
    ::pollfd one{at_, POLLIN, 0};
    REQUIRE(::poll(&one, 1, std::chrono::milliseconds{patience}.count()) == 1);
  }
  /// What comes until it ends with `end`, or if that is empty, until the server closes.
  [[nodiscard]] std::string hear(const std::string& end) const {
    std::string heard;
    while (end.empty() || heard.size() < end.size()
           || heard.compare(heard.size() - end.size(), end.size(), end) != 0) {
      wait();
      char some[1'024];
      const auto size = ::recv(at_, some, sizeof some, 0);
      if (size <= 0) {
        break;
      }
      heard.append(some, static_cast<std::size_t>(size));
    }
    return heard;
  }

private:
  int at_;
};

/// The server, and the far ends of its edges.
struct bench {
  test::temporary_folder folder{};
  io_thread io{"test-io"};
  std::shared_ptr<doorbell> deaf = std::make_shared<doorbell>([] {});
  std::shared_ptr<ring<from_control>> calls =
    std::make_shared<ring<from_control>>(1'024, io.bell(), deaf);
  std::shared_ptr<ring<to_control>> replies =
    std::make_shared<ring<to_control>>(1'024, deaf, io.bell());
  inbox<from_control> asked{calls};
  outbox<to_control> answers{replies};
  control_server server;
  std::deque<control_opened> opened{};
  std::vector<call_id> gone{};
  harness::port_lease ports{1};

  explicit bench(const session_times& times = {}) : server{io, times} {
    asked.begin_life();
    answers.begin_life();
    REQUIRE(server.open(folder.path(), outbox<from_control>{calls}, inbox<to_control>{replies}));
    REQUIRE(server.open_metrics(monitored()));
    io.start();
  }
  bench(const bench&) = delete;
  bench& operator=(const bench&) = delete;
  ~bench() {
    io.call([this] { server.close(); });
    io.stop();
    io.join();
  }

  [[nodiscard]] std::string monitored() const {
    return "127.0.0.1:" + std::to_string(ports.first());
  }
  [[nodiscard]] caller monitor(const std::string& text) const {
    caller out{ports.first()};
    out.say(text);
    return out;
  }
  [[nodiscard]] caller call(const std::string& text) const {
    caller out{folder.path()};
    out.say(text);
    return out;
  }
  template <class Condition>
  void until(Condition&& holds) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
      REQUIRE(std::chrono::steady_clock::now() < give_up);
      asked.drain(64, [this](from_control what) {
        if (auto* const call = std::get_if<control_opened>(&what)) {
          opened.push_back(std::move(*call));
        } else if (const auto* const hung_up = std::get_if<control_gone>(&what)) {
          gone.push_back(hung_up->id);
        }
      });
      std::this_thread::sleep_for(1ms); // asks again
    }
  }
  /// The next request.
  control_opened next() {
    until([this] { return !opened.empty(); });
    auto out = std::move(opened.front());
    opened.pop_front();
    return out;
  }
  void tell(call_id to, const std::string& text, bool last) {
    REQUIRE(answers.try_push(to_control{to, 200, "application/json", text, last}));
  }
  /// The I/O thread has looked at its sockets.
  void settle() {
    for (int i = 0; i < 3; ++i) {
      REQUIRE(io.call([] {}));
    }
  }
};

TEST_CASE("whoever hangs up is gone, be it with parts unread or a next request begun") {
  bench all;
  std::vector<caller> callers;
  for (std::size_t i = 0; i < control_connections_max; ++i) {
    callers.push_back(all.call(follows));
    all.tell(all.next().id, "{}\n", false);
    if (i % 2 == 0) {
      callers.back().wait();
    } else {
      CHECK(callers.back().hear("{}\n\r\n").find("\r\n3\r\n") != std::string::npos);
      callers.back().say("G");
    }
  }
  all.settle();
  CHECK(all.gone.empty());
  callers.clear();
  all.until([&] { return all.gone.size() == control_connections_max; });
  const auto another = all.call(follows); // there is place
  CHECK(all.next().target == "/v1/log?follow=1");
}

TEST_CASE("a caller that has said all that it will say still hears the reply") {
  bench all;
  const auto asks = all.call("POST /v1/propose HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
  asks.say_all();
  const auto question = all.next();
  auto reads = all.call(follows);
  reads.say_all();
  const auto log = all.next();
  all.settle();
  all.tell(question.id, "done\n", true);
  all.tell(log.id, "one\n", false);
  CHECK(asks.hear("").find("\r\n\r\ndone\n") != std::string::npos); // and then the server closes
  CHECK(reads.hear("one\n\r\n").find("200 OK") != std::string::npos);
  all.tell(log.id, "two\n", false);
  CHECK(reads.hear("two\n\r\n") == "4\r\ntwo\n\r\n");
  all.until([] { return true; });
  CHECK(all.gone.empty());
  { const auto closes = std::move(reads); }
  all.until([&] { return all.gone == std::vector<call_id>{log.id}; });
}

TEST_CASE("whoever waits to be told to go on with a body is told") {
  bench all;
  const auto asks =
    all.call("POST /v1/propose HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(asks.hear("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  asks.say("{}");
  const auto question = all.next();
  CHECK(question.body == "{}");
  all.tell(question.id, "done\n", true);
  CHECK(asks.hear("done\n").find("HTTP/1.1 200 OK") == 0);
  // Too large is said before any of it is sent.
  const auto more = all.call("POST /v1/propose HTTP/1.1\r\nExpect: 100-continue\r\n"
                             "Content-Length: 9999999\r\n\r\n");
  CHECK(more.hear("").find("HTTP/1.1 413 ") == 0);
}

TEST_CASE("a caller of HTTP/1.0 reads a log as it is, until the end of the connection") {
  bench all;
  const auto reads = all.call("GET /v1/log HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto log = all.next();
  all.tell(log.id, "one\n", false);
  all.tell(log.id, "", false);
  all.tell(log.id, "two\n", true);
  const auto heard = reads.hear("");
  CHECK(heard.find("HTTP/1.0 200 OK") == 0);
  CHECK(heard.find("chunked") == std::string::npos);
  CHECK(heard.find("\r\n\r\none\ntwo\n") != std::string::npos);
}

TEST_CASE(
  "a new rpc actor costs the calls of the former one their connections, and no call of its own") {
  bench all;
  const auto former = all.call(follows);
  static_cast<void>(all.next());
  all.io.call([&all] { // at once for the server
    all.asked.begin_life();
    all.answers.begin_life();
  });
  CHECK(former.hear("").empty());
  for (int i = 0; i < 3; ++i) {
    const auto asks = all.call("GET /v1/status HTTP/1.1\r\n\r\n");
    all.tell(all.next().id, "done\n", true);
    CHECK(asks.hear("done\n").find("HTTP/1.1 200 OK") == 0);
  }
}

TEST_CASE("a caller that hangs up in a later request is gone") {
  bench all;
  {
    const auto asks = all.call("GET /v1/status HTTP/1.1\r\n\r\n");
    all.tell(all.next().id, "done\n", true);
    CHECK(asks.hear("done\n").find("HTTP/1.1 200 OK") == 0);
    asks.say(follows);
    const auto log = all.next();
    all.tell(log.id, "{}\n", false);
    CHECK(asks.hear("{}\n\r\n").find("\r\n3\r\n") != std::string::npos);
    all.settle();
  }
  all.until([&] { return !all.gone.empty(); });
  CHECK(all.gone.size() == 1);
}

TEST_CASE("a connection above the limit is told why when it asks") {
  bench all;
  std::vector<caller> callers;
  for (std::size_t i = 0; i < control_connections_max; ++i) {
    callers.emplace_back(all.folder.path());
  }
  const auto one_more = all.call("GET /v1/status HTTP/1.1\r\n\r\n");
  const auto heard = one_more.hear(""); // and then it is closed
  INFO(heard);
  CHECK(heard.find("HTTP/1.1 503 ") == 0);
  CHECK(heard.find("\"code\":\"busy\"") != std::string::npos);
  CHECK(heard.find("64 connections already") != std::string::npos);
  callers.front().say("GET /v1/status HTTP/1.1\r\n\r\n");
  all.tell(all.next().id, "done\n", true);
  CHECK(callers.front().hear("done\n").find("200 OK") != std::string::npos);
  CHECK(all.opened.empty());
}

TEST_CASE("a request has its time from its first byte on, the first one too") {
  bench all{{100ms, 1h, 1h}};
  const auto waits = caller{all.folder.path()};
  CHECK(all.call("G").hear("").empty()); // else the whole hour between two requests
  waits.say("GET /v1/status HTTP/1.1\r\n\r\n");
  all.tell(all.next().id, "done\n", true);
  CHECK(waits.hear("done\n").find("200 OK") != std::string::npos);
  waits.say("GET /v1/status");
  CHECK(waits.hear("").empty());
}

TEST_CASE("a monitor reads the metrics and nothing else") {
  bench all;
  const auto reads = all.monitor("GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n");
  for (int i = 0; i < 2; ++i) { // on one connection, as Prometheus does
    const auto scrape = all.next();
    CHECK(scrape.target == "/metrics");
    all.tell(scrape.id, "done\n", true);
    CHECK(reads.hear("done\n").find("HTTP/1.1 200 OK") == 0);
    reads.say("GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n");
  }
  static_cast<void>(all.next());
  for (const auto* const other :
       {"GET /v1/status", "GET /v1/get?variable=score", "GET /metrics?x", "GET //metrics"}) {
    INFO(other);
    const auto asks = all.monitor(std::string{other} + " HTTP/1.1\r\n\r\n");
    CHECK(asks.hear("}}\n").find("HTTP/1.1 404 ") == 0);
  }
  for (const auto* const other : {"POST /metrics", "DELETE /metrics", "POST /v1/propose"}) {
    INFO(other);
    const auto asks = all.monitor(std::string{other} + " HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    CHECK(asks.hear("}}\n").find("HTTP/1.1 405 ") == 0);
  }
  const auto writes = all.monitor("POST /v1/propose HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(writes.hear("").find("HTTP/1.1 413 ") == 0);
  all.settle();
  all.until([] { return true; });
  CHECK(all.opened.empty()); // the actor heard of none of them
}

TEST_CASE("HEAD has no body, so that the next reply on its connection is read as one") {
  bench all;
  const auto asks = all.call("HEAD /v1/status HTTP/1.1\r\n\r\n");
  all.tell(all.next().id, "refused\n", true);
  const auto head = asks.hear("\r\n\r\n");
  CHECK(head.find("Content-Length: 8\r\n") != std::string::npos);
  asks.say("GET /v1/status HTTP/1.1\r\n\r\n");
  all.tell(all.next().id, "done\n", true);
  CHECK(asks.hear("done\n").find("HTTP/1.1 200 ") == 0);

  const auto watches = all.monitor("HEAD /metrics HTTP/1.1\r\n\r\n");
  CHECK(watches.hear("\r\n\r\n").find("HTTP/1.1 405 ") == 0);
  watches.say("GET /metrics HTTP/1.1\r\n\r\n");
  all.tell(all.next().id, "done\n", true);
  CHECK(watches.hear("done\n").find("HTTP/1.1 200 ") == 0);
}

TEST_CASE("monitors that ask nothing keep no other out") {
  bench all;
  std::vector<caller> idle;
  for (std::size_t i = 0; i < monitor_connections_max; ++i) {
    idle.emplace_back(all.ports.first());
  }
  const auto busy = std::move(idle.front());
  busy.say("GET /metrics HTTP/1.1\r\n\r\n");
  const auto under_way = all.next();
  const auto reads = all.monitor("GET /metrics HTTP/1.1\r\n\r\n");
  all.tell(all.next().id, "done\n", true);
  CHECK(reads.hear("done\n").find("200 OK") != std::string::npos);
  CHECK(idle[1].hear("").empty()); // the longest that waited
  all.tell(under_way.id, "done\n", true);
  CHECK(busy.hear("done\n").find("200 OK") != std::string::npos);
}

TEST_CASE("monitors that do not read what they asked for keep no other out") {
  bench all;
  const std::string more(8'000'000, 'x'); // than the sockets' buffers hold
  std::vector<caller> deaf;
  for (std::size_t i = 0; i < monitor_connections_max; ++i) {
    deaf.push_back(all.monitor("GET /metrics HTTP/1.1\r\n\r\n"));
    all.tell(all.next().id, more, true);
    deaf.back().wait(); // its reply is on the way
  }
  const auto reads = all.monitor("GET /metrics HTTP/1.1\r\n\r\n");
  all.tell(all.next().id, "done\n", true);
  CHECK(reads.hear("done\n").find("200 OK") != std::string::npos);
  CHECK(deaf.front().hear("").size() < more.size()); // the first that did not read
  CHECK(deaf.back().hear("x").find("200 OK") != std::string::npos);
}

TEST_CASE("a port for monitors that cannot be is told by name") {
  io_thread io{"test-io"};
  control_server server{io};
  for (const auto* const wrong :
       {"", "localhost:9464", "127.0.0.1", "127.0.0.1:0", "::1", ":9464"}) {
    INFO(wrong);
    const auto told = server.open_metrics(wrong);
    REQUIRE_FALSE(told);
    CHECK(told.error().code == errc::bad_request);
    CHECK(told.error().detail.find("metrics.listen: given '" + std::string{wrong} + "'") == 0);
  }
  const bench all;
  const auto taken = server.open_metrics(all.monitored());
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == errc::in_use);
  CHECK(taken.error().detail.find(all.monitored()) != std::string::npos);
}

} // namespace
} // namespace caucus
