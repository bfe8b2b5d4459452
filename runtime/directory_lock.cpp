#include "runtime/directory_lock.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace caucus {

namespace {

/// The process that wrote the file, or nothing if it is not written yet.
std::string written_in(int fd) {
  std::array<char, 32> text{};
  const ::ssize_t got = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string out;
  for (::ssize_t i = 0; i < got; ++i) {
    const char each = text[static_cast<std::size_t>(i)];
    if (each < '0' || each > '9') {
      break;
    }
    out += each;
  }
  return out;
}

} // namespace

result<directory_lock> directory_lock::take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  unique_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!file) {
    return tl::unexpected<error>{file_error(errno, path, "make")};
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return tl::unexpected<error>{file_error(errno, path, "lock")};
    }
    const std::string who = written_in(file.get());
    return fail(errc::in_use, folder.string() + " is in use by "
                                + (who.empty() ? "another process" : "process " + who)
                                + "; stop it first, or use another folder");
  }
  const std::string own = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0) {
    return tl::unexpected<error>{file_error(errno, path, "write")};
  }
  if (auto wrote = write_all_at(real_files(), file.get(), as_bytes(own), 0, path); !wrote) {
    return tl::unexpected<error>{std::move(wrote.error())};
  }
  return directory_lock{std::move(file)};
}

std::optional<::pid_t> directory_lock::holder(const std::filesystem::path& folder) {
  const unique_fd file{::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  const auto who = file ? written_in(file.get()) : std::string{};
  ::pid_t pid = 0;
  const auto end = std::from_chars(who.data(), who.data() + who.size(), pid);
  const bool runs = end.ec == std::errc{} && pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
  return runs ? std::optional{pid} : std::nullopt;
}

} // namespace caucus
