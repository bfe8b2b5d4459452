#pragma once

#include "test/catch.hpp"
#include "test/harness/cluster.hpp"
#include "test/harness/process.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

namespace caucus::cli {

/// The folder of a node that never ran.
struct quiet_node {
  harness::temporary_folder work{};
  std::filesystem::path folder = work.path() / "net" / "node0";

  quiet_node() { REQUIRE(harness::cluster::cli({"init", work.path() / "net"}).how.ok()); }
};

/// A node that has one answer, whatever it is asked; it ends after so many questions, all over one
/// connection.
class canned_node {
public:
  canned_node(const std::filesystem::path& folder, std::string answer, int times = 1) {
    const auto path = (folder / "control.sock").string();
    ::sockaddr_un at{};
    at.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof at.sun_path);
    std::memcpy(static_cast<char*>(at.sun_path), path.c_str(), path.size() + 1);
    const int door = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(door, reinterpret_cast<const ::sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(door, 1) == 0);
    thread_ = std::thread{[door, path, times, answer = std::move(answer)] {
      const int caller = ::accept(door, nullptr, nullptr);
      for (int i = 0; i < times && hear(caller); ++i) {
        static_cast<void>(::send(caller, answer.data(), answer.size(), MSG_NOSIGNAL));
      }
      ::close(caller);
      ::close(door);
      ::unlink(path.c_str());
    }};
  }
  canned_node(const canned_node&) = delete;
  canned_node& operator=(const canned_node&) = delete;
  ~canned_node() { thread_.join(); }

  /// A whole answer with this body.
  static std::string whole(const std::string& body, const std::string& status = "200 OK") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n"
           + body;
  }

private:
  /// A request. False: the caller has gone.
  static bool hear(int caller) {
    std::string heard;
    char piece[1'024];
    while (!is_whole(heard)) {
      const auto size = ::recv(caller, piece, sizeof piece, 0);
      if (size <= 0) {
        return false;
      }
      heard.append(piece, static_cast<std::size_t>(size));
    }
    return true;
  }
  static bool is_whole(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    const auto size = request.find("Content-Length: ");
    const auto wanted = size < end ? std::stoul(request.substr(size + 16)) : 0;
    return end != std::string::npos && request.size() >= end + 4 + wanted;
  }

  std::thread thread_;
};

} // namespace caucus::cli
