#include "test/harness/ports.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace caucus::harness {

namespace {

/// Below 32,768, where Linux begins to give ports to outgoing connections; above what services of
/// a developer's machine commonly use.
constexpr std::uint16_t first_port = 20'000;
constexpr std::uint16_t last_port = 31'999;

bool is_free(std::uint16_t port) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) {
    return false;
  }
  const int on = 1; // a node sets it too: what a former one left in TIME_WAIT is no obstacle
  static_cast<void>(::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return free;
}

} // namespace

struct port_lease::locks {
  std::vector<int> files;

  locks() = default;
  locks(const locks&) = delete;
  locks& operator=(const locks&) = delete;
  ~locks() { release(); }

  void release() {
    for (const int file : files) {
      ::close(file);
    }
    files.clear();
  }

  /// False: another harness has it, or something listens there.
  bool take(const std::filesystem::path& folder, std::uint16_t port) {
    const auto name = folder / std::to_string(port);
    const int file = ::open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (file < 0) {
      return false;
    }
    files.push_back(file);
    return ::flock(file, LOCK_EX | LOCK_NB) == 0 && is_free(port);
  }
};

port_lease::port_lease(std::size_t count) : locks_{std::make_unique<locks>()} {
  const auto folder = std::filesystem::temp_directory_path() / "caucus-test-ports";
  std::filesystem::create_directories(folder);
  std::error_code ignored; // another user's folder serves as well, if it lets us in
  std::filesystem::permissions(folder, std::filesystem::perms::all, ignored);
  // Harnesses that start together begin apart, so that they do not try one another's ports first.
  const auto span = static_cast<std::uint32_t>(last_port - first_port + 1);
  const auto start = static_cast<std::uint32_t>(::getpid()) * 97U % span;
  for (std::uint32_t i = 0; i < span; ++i) {
    const auto port = static_cast<std::uint16_t>(first_port + (start + i) % span);
    if (locks_->files.empty() && port + count - 1 > last_port) {
      continue;
    }
    if (!locks_->take(folder, port)) {
      locks_->release();
      continue;
    }
    if (locks_->files.size() == count) {
      first_ = static_cast<std::uint16_t>(port - count + 1);
      return;
    }
  }
  throw std::runtime_error{"harness: no " + std::to_string(count) + " free ports in a row between "
                           + std::to_string(first_port) + " and " + std::to_string(last_port)};
}

port_lease::port_lease(port_lease&&) noexcept = default;
port_lease& port_lease::operator=(port_lease&&) noexcept = default;
port_lease::~port_lease() = default;

} // namespace caucus::harness
