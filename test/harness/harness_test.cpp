#include "runtime/asio.hpp"
#include "test/catch.hpp"
#include "test/harness/ports.hpp"
#include "test/harness/process.hpp"
#include "test/harness/proxy.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <future>
#include <set>
#include <string>
#include <thread>

namespace caucus::harness {
namespace {

using namespace std::chrono_literals;
using tcp = boost::asio::ip::tcp;

/// Answers every byte with the same byte, one connection after the other.
class echo {
public:
  echo() : thread_{[this] { serve(); }} {}
  echo(const echo&) = delete;
  echo& operator=(const echo&) = delete;
  ~echo() {
    stopping_ = true;
    boost::asio::io_context io;
    tcp::socket last{io};
    boost::system::error_code ignored;
    last.connect({boost::asio::ip::address_v4::loopback(), port()}, ignored);
    last.close(ignored); // or serve() would read from it for ever
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
  void serve() {
    while (!stopping_) {
      auto peer = acceptor_.accept();
      std::array<char, 1024> buffer{};
      boost::system::error_code error;
      for (;;) {
        const auto size = peer.read_some(boost::asio::buffer(buffer), error);
        if (error) {
          break;
        }
        boost::asio::write(peer, boost::asio::buffer(buffer.data(), size), error);
      }
    }
  }
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

struct call {
  boost::asio::io_context io;
  tcp::socket socket{io};

  explicit call(std::uint16_t port) {
    socket.connect({boost::asio::ip::address_v4::loopback(), port});
  }
  void say(char what) { boost::asio::write(socket, boost::asio::buffer(&what, 1)); }
  char hear() {
    char heard = 0;
    boost::asio::read(socket, boost::asio::buffer(&heard, 1));
    return heard;
  }
};

TEST_CASE("leases of ports never overlap while both live") {
  const port_lease one{8};
  const port_lease two{8};
  std::set<int> all;
  for (int i = 0; i < 8; ++i) {
    all.insert(one.first() + i);
    all.insert(two.first() + i);
  }
  CHECK(all.size() == 16);
}

TEST_CASE("a process' output, exit code and signal are told") {
  const auto said = run({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"});
  CHECK(said.how.code == 7);
  CHECK(said.out == "out\n");
  CHECK(said.err == "err\n");

  const temporary_folder folder;
  process sleeper{{"sleep", "600"}, folder.path() / "log"};
  CHECK(sleeper.running());
  sleeper.signal(SIGKILL);
  const auto how = sleeper.wait(10s);
  REQUIRE(how.has_value());
  CHECK(how->signal == SIGKILL);
  CHECK_FALSE(how->ok());
}

TEST_CASE("a process that outlives its object is killed, also when it was stopped") {
  const temporary_folder folder;
  pid_t pid = 0;
  {
    process sleeper{{"sleep", "600"}, folder.path() / "log"};
    pid = sleeper.pid();
    sleeper.signal(SIGSTOP);
  }
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("what passes the proxy comes out as it went in, on a cut wire only once it is mended") {
  echo peer;
  proxy between{peer.port()};
  call caller{between.port()};
  caller.say('a');
  CHECK(caller.hear() == 'a');

  between.caller_to_target({.cut = true});
  caller.say('b');
  auto heard = std::async(std::launch::async, [&] { return caller.hear(); });
  CHECK(heard.wait_for(200ms) == std::future_status::timeout);
  between.caller_to_target({});
  CHECK(heard.get() == 'b');
}

TEST_CASE("a delayed wire is late by that much and a severed one is closed") {
  echo peer;
  proxy between{peer.port()};
  call caller{between.port()};
  between.target_to_caller({.delay = 150ms});
  const auto start = std::chrono::steady_clock::now();
  caller.say('x');
  CHECK(caller.hear() == 'x');
  CHECK(std::chrono::steady_clock::now() - start >= 150ms);
  between.sever();
  CHECK_THROWS(caller.hear());
}

} // namespace
} // namespace caucus::harness
