#include "runtime/directory_lock.hpp"

#include "messages/try.hpp"
#include "runtime/process_guard.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <utility>

#include <fcntl.h>
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

/// An open file description's lock, unlike flock(), can be looked at without being taken; unlike a
/// process's, it does not go when another descriptor of the file is closed.
struct ::flock whole_file() {
  struct ::flock out {};
  out.l_type = F_WRLCK;
  out.l_whence = SEEK_SET;
  return out;
}

} // namespace

directory_lock::directory_lock(unique_fd file) : file_{std::move(file)} {
  keep_from_children(file_.get());
}

directory_lock::~directory_lock() {
  if (file_) {
    release_from_children(file_.get());
  }
}

result<directory_lock> directory_lock::take(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  unique_fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!file) {
    const int number = errno;
    auto why = file_error(number, path, "make");
    why.detail += number == EISDIR ? "; move it away" : "";
    return tl::unexpected<error>{std::move(why)};
  }
  auto wanted = whole_file();
  if (::fcntl(file.get(), F_OFD_SETLK, &wanted) != 0) {
    if (errno != EAGAIN && errno != EACCES) {
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
  CAUCUS_TRY_VOID(write_all_at(real_files(), file.get(), as_bytes(own), 0, path));
  return directory_lock{std::move(file)};
}

result<std::optional<::pid_t>> directory_lock::holder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "lock";
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file && errno == ENOENT) {
    return std::nullopt;
  }
  auto wanted = whole_file();
  if (!file || ::fcntl(file.get(), F_OFD_GETLK, &wanted) != 0) {
    return tl::unexpected<error>{file_error(errno, path, "look at")};
  }
  if (wanted.l_type == F_UNLCK) {
    return std::nullopt;
  }
  const auto who = written_in(file.get());
  ::pid_t pid = 0;
  std::from_chars(who.data(), who.data() + who.size(), pid);
  return pid;
}

} // namespace caucus
