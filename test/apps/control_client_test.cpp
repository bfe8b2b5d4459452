#include "apps/caucus/control_client.hpp"

#include "test/catch.hpp"
#include "test/harness/process.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace caucus::cli {
namespace {

/// A node that has one answer to one request, whatever it is.
class canned_node {
public:
  explicit canned_node(std::string answer) {
    const auto path = (folder_.path() / "control.sock").string();
    ::sockaddr_un at{};
    at.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof at.sun_path);
    std::memcpy(static_cast<char*>(at.sun_path), path.c_str(), path.size() + 1);
    const int door = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(::bind(door, reinterpret_cast<const ::sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(door, 1) == 0);
    thread_ = std::thread{[door, answer = std::move(answer)] {
      const int caller = ::accept(door, nullptr, nullptr);
      std::string heard;
      char piece[1'024];
      while (heard.find("\r\n\r\n") == std::string::npos) {
        const auto size = ::recv(caller, piece, sizeof piece, 0);
        if (size <= 0) {
          break;
        }
        heard.append(piece, static_cast<std::size_t>(size));
      }
      static_cast<void>(::send(caller, answer.data(), answer.size(), MSG_NOSIGNAL));
      ::close(caller);
      ::close(door);
    }};
  }
  canned_node(const canned_node&) = delete;
  canned_node& operator=(const canned_node&) = delete;
  ~canned_node() { thread_.join(); }

  struct heard_log {
    std::vector<std::string> lines;
    result<void> how;
  };
  [[nodiscard]] heard_log log() const {
    heard_log out;
    auto client = control_client::connect(folder_.path());
    REQUIRE(client);
    out.how = client->lines(command_of(control_log{}), [&out](std::string_view line) {
      out.lines.emplace_back(line);
      return true;
    });
    return out;
  }

private:
  harness::temporary_folder folder_;
  std::thread thread_;
};

std::string chunk(const std::string& text) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string gone =
  "{\"error\":{\"code\":\"history_gone\",\"detail\":\"block 6 is damaged\"}}\n";

TEST_CASE("a log's lines come whole, however they are cut") {
  const canned_node node{chunked + chunk("{\"a\":1}\n{\"b\"") + chunk(":2}\n") + "0\r\n\r\n"};
  const auto heard = node.log();
  CHECK(heard.how.has_value());
  CHECK(heard.lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
}

TEST_CASE("an error in the middle of a log is the error, and no line of it") {
  const canned_node node{chunked + chunk("{\"a\":1}\n") + chunk(gone) + "0\r\n\r\n"};
  const auto heard = node.log();
  CHECK(heard.lines == std::vector<std::string>{"{\"a\":1}"});
  REQUIRE_FALSE(heard.how);
  CHECK(heard.how.error() == error{errc::history_gone, "block 6 is damaged"});
}

TEST_CASE("an error in place of a log is the error") {
  const canned_node node{"HTTP/1.1 500 Internal Server Error\r\nContent-Length: "
                         + std::to_string(gone.size()) + "\r\n\r\n" + gone};
  const auto heard = node.log();
  CHECK(heard.lines.empty());
  REQUIRE_FALSE(heard.how);
  CHECK(heard.how.error() == error{errc::history_gone, "block 6 is damaged"});
}

TEST_CASE("a node that ends in the middle of a log is told so") {
  const canned_node node{chunked + chunk("{\"a\":1}\n")};
  const auto heard = node.log();
  CHECK(heard.lines.size() == 1);
  REQUIRE_FALSE(heard.how);
  CHECK(heard.how.error().code == errc::node_unreachable);
  CHECK(heard.how.error().detail.find("its log says why") != std::string::npos);
}

} // namespace
} // namespace caucus::cli
