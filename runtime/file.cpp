#include "runtime/file.hpp"
#include "messages/try.hpp"
#include "runtime/random.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace caucus {

namespace {

constexpr ::mode_t others = S_IRGRP | S_IWGRP | S_IXGRP | S_IROTH | S_IWOTH | S_IXOTH;

result<void> judge(const struct ::stat& about, const std::filesystem::path& path,
                   const file_kind& kind) {
  const std::string name = path.string();
  if (S_ISDIR(about.st_mode)) {
    return fail(errc::file_unreadable,
                name + " is a directory; name the file with " + std::string{kind.name} + " in it");
  }
  if (!S_ISREG(about.st_mode)) {
    return fail(errc::file_unreadable,
                name + " is not a regular file; name the file with " + std::string{kind.name});
  }
  if (kind.secret && (about.st_mode & others) != 0) {
    return fail(errc::file_permissions,
                name + ": " + std::string{kind.name}
                  + " can be used by others than its owner; run `chmod 600` on it");
  }
  if (about.st_size < 0 || static_cast<std::size_t>(about.st_size) > kind.size_max) {
    return fail(errc::too_long, name + " has " + std::to_string(about.st_size) + " bytes; "
                                  + std::string{kind.name} + " has at most "
                                  + std::to_string(kind.size_max));
  }
  return {};
}

} // namespace

unique_fd& unique_fd::operator=(unique_fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
    files_ = other.files_;
  }
  return *this;
}

void unique_fd::reset() {
  if (fd_ >= 0) {
    (files_ != nullptr ? *files_ : real_files()).close(std::exchange(fd_, -1));
  }
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  std::filesystem::path folder = path.parent_path();
  return folder.empty() ? std::filesystem::path{"."} : folder;
}

error file_error(int number, const std::filesystem::path& path, std::string_view doing) {
  const std::string name = path.string();
  const std::string why = std::generic_category().message(number);
  switch (number) {
    case ENOENT: return {errc::file_missing, name + ": no such file or folder"};
    case EEXIST: return {errc::file_exists, name + " exists and is never overwritten"};
    case EISDIR: return {errc::file_unreadable, name + " is a directory"};
    case ENOTDIR: return {errc::file_unreadable, name + ": a part of the path is not a folder"};
    case EACCES:
    case EPERM:
      return {errc::file_unreadable, name + ": no permission to " + std::string{doing}
                                       + " it; run as its owner or change its mode with chmod"};
    case EROFS:
      return {errc::file_unreadable, name + ": the file system is mounted read-only; cannot "
                                       + std::string{doing} + " it"};
    case ENOSPC:
    case EDQUOT:
      return {errc::disk_full, name + ": no space left to " + std::string{doing}
                                 + " it; make room on the disk, then try again"};
    default: return {errc::io_failed, name + ": cannot " + std::string{doing} + " it: " + why};
  }
}

result<std::string> read_file(const std::filesystem::path& path, const file_kind& kind) {
  // O_NONBLOCK: opening a pipe without a writer would wait for one.
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file) {
    error why = file_error(errno, path, "read");
    if (why.code == errc::file_missing && !kind.make_one.empty()) {
      why.detail +=
        ", where " + std::string{kind.name} + " should be; " + std::string{kind.make_one};
    }
    return tl::unexpected<error>{std::move(why)};
  }
  struct ::stat about {};
  if (::fstat(file.get(), &about) != 0) {
    return tl::unexpected<error>{file_error(errno, path, "read")};
  }
  CAUCUS_TRY_VOID(judge(about, path, kind));
  std::string text;
  std::array<char, 16 * 1024> part{};
  while (true) {
    const ::ssize_t got = ::read(file.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return tl::unexpected<error>{file_error(errno, path, "read")};
    }
    if (got == 0) {
      return text;
    }
    text.append(part.data(), static_cast<std::size_t>(got));
    if (text.size() > kind.size_max) { // it grew while we read
      return fail(errc::too_long, path.string() + " grows while it is read");
    }
  }
}

result<void> write_new_file(const std::filesystem::path& path, std::string_view text,
                            ::mode_t mode) {
  const unique_fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
  if (!file) {
    return tl::unexpected<error>{file_error(errno, path, "make")};
  }
  result<void> done = write_all_at(real_files(), file.get(), as_bytes(text), 0, path);
  // The umask may have taken bits away, never added any; the mode is stated, so set it.
  if (done
      && (::fchmod(file.get(), mode) != 0 || real_files().sync(file.get()) != 0
          || real_files().sync_folder(folder_of(path)) != 0)) {
    done = tl::unexpected<error>{file_error(errno, path, "write")};
  }
  if (!done) {
    ::unlink(path.c_str());
  }
  return done;
}

// -- the system ---------------------------------------------------------------------------------

int file_operations::open(const std::filesystem::path& path, int flags, ::mode_t mode) {
  return ::open(path.c_str(), flags, mode);
}

void file_operations::close(int fd) {
  ::close(fd);
}

int file_operations::status(int fd, struct ::stat& about) {
  return ::fstat(fd, &about);
}

int file_operations::lock(int fd) {
  return ::flock(fd, LOCK_EX | LOCK_NB);
}

::ssize_t file_operations::read_at(int fd, std::span<std::byte> into, ::off_t offset) {
  return ::pread(fd, into.data(), into.size(), offset);
}

::ssize_t file_operations::write_at(int fd, bytes_view what, ::off_t offset) {
  return ::pwrite(fd, what.data(), what.size(), offset);
}

int file_operations::sync(int fd) {
  return ::fdatasync(fd);
}

int file_operations::truncate(int fd, ::off_t size) {
  return ::ftruncate(fd, size);
}

int file_operations::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  return ::rename(from.c_str(), to.c_str());
}

int file_operations::link(const std::filesystem::path& from, const std::filesystem::path& to) {
  return ::link(from.c_str(), to.c_str());
}

int file_operations::remove(const std::filesystem::path& path) {
  return ::unlink(path.c_str()) == 0 || errno == ENOENT ? 0 : -1;
}

bool file_operations::exists(const std::filesystem::path& path) {
  struct ::stat about {};
  return ::lstat(path.c_str(), &about) == 0;
}

int file_operations::make_folder(const std::filesystem::path& path) {
  constexpr ::mode_t mode = S_IRWXU | S_IRWXG | S_IRWXO; // less what the umask takes
  return ::mkdir(path.c_str(), mode);
}

int file_operations::remove_folder(const std::filesystem::path& path) {
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT ? 0 : -1;
}

int file_operations::sync_folder(const std::filesystem::path& folder) {
  const unique_fd opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return opened ? ::fsync(opened.get()) : -1;
}

result<std::vector<std::string>> file_operations::names_in(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  std::error_code failed;
  for (std::filesystem::directory_iterator at{folder, failed}, end; !failed && at != end;
       at.increment(failed)) {
    out.push_back(at->path().filename().string());
  }
  if (failed) {
    return tl::unexpected<error>{file_error(failed.value(), folder, "list")};
  }
  return out;
}

std::uint64_t file_operations::salt() {
  return system_random();
}

file_operations& real_files() {
  static file_operations system;
  return system;
}

result<void> write_all_at(file_operations& files, int fd, bytes_view what, ::off_t offset,
                          const std::filesystem::path& path) {
  while (!what.empty()) {
    const ::ssize_t wrote = files.write_at(fd, what, offset);
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return tl::unexpected<error>{file_error(wrote == 0 ? ENOSPC : errno, path, "write")};
    }
    what = what.subspan(static_cast<std::size_t>(wrote));
    offset += wrote;
  }
  return {};
}

} // namespace caucus
