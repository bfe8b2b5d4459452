#include "actors/rpc/control_path.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

namespace caucus {

result<socket_path> socket_path::in(const std::filesystem::path& directory,
                                    const std::string& name) {
  auto plain = (directory / name).string();
  if (plain.size() < sizeof(sockaddr_un::sun_path)) {
    return socket_path{-1, std::move(plain)};
  }
  const int opened = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) {
    return fail(errno == ENOENT ? errc::file_missing : errc::file_unreadable,
                directory.string() + ": " + std::generic_category().message(errno));
  }
  return socket_path{opened, "/proc/self/fd/" + std::to_string(opened) + '/' + name};
}

socket_path::socket_path(int directory, std::string path)
    : directory_{directory}, path_{std::move(path)} {}

socket_path::socket_path(socket_path&& other) noexcept
    : directory_{std::exchange(other.directory_, -1)}, path_{std::move(other.path_)} {}

socket_path::~socket_path() {
  if (directory_ >= 0) {
    ::close(directory_);
  }
}

} // namespace caucus
