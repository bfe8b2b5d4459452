#pragma once

#include "messages/bytes.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <sys/types.h>

/// Files, with errors that name the file and say what to do.
/// Any thread; blocks on the disk. Nothing here is for hot paths.

namespace caucus {

/// What a file is for, so that an error can help. The texts outlive the call.
struct file_kind {
  std::string_view name;              ///< "the configuration"
  std::string_view make_one = {};     ///< how to get one: "make one with `caucus init DIR`"
  std::size_t size_max = 1024 * 1024; ///< bytes; 1 MiB holds 1,024 variables with 64 writers each
  bool secret = false;                ///< refused if group or others may read it
};

/// The whole of a regular file. Never waits on a pipe.
/// Errors: file_missing, file_unreadable (also a directory), file_permissions (a secret that others
/// can read), too_long, io_failed.
[[nodiscard]] result<std::string> read_file(const std::filesystem::path& path,
                                            const file_kind& kind);

/// Makes a new file, durable when this returns; never overwrites.
/// Errors: file_exists, file_missing (no such folder), file_unreadable, disk_full, io_failed; a
/// file that could not be finished is taken away again.
[[nodiscard]] result<void> write_new_file(const std::filesystem::path& path, std::string_view text,
                                          ::mode_t mode = 0644);

/// What errno says about `path`, as one of ours. `doing`: "write", for people.
[[nodiscard]] error file_error(int number, const std::filesystem::path& path,
                               std::string_view doing);

class file_operations;

/// A file descriptor that closes itself. Handle: an open file.
class unique_fd {
public:
  unique_fd() = default;
  /// `files`: who closes it; null: the system. Must outlive it.
  explicit unique_fd(int fd, file_operations* files = nullptr) : fd_{fd}, files_{files} {}
  unique_fd(unique_fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)}, files_{other.files_} {}
  unique_fd& operator=(unique_fd&& other) noexcept;
  unique_fd(const unique_fd&) = delete;
  unique_fd& operator=(const unique_fd&) = delete;
  ~unique_fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  void reset();

private:
  int fd_ = -1;
  file_operations* files_ = nullptr;
};

/// The system calls under an append_log, so that a test can make the nth one fail, and a simulation
/// can have a disk of its own. The default is the system. Each returns what the call does, errno
/// set.
class file_operations {
public:
  file_operations() = default;
  file_operations(const file_operations&) = delete;
  file_operations& operator=(const file_operations&) = delete;
  virtual ~file_operations() = default;

  [[nodiscard]] virtual int open(const std::filesystem::path& path, int flags, ::mode_t mode = 0);
  virtual void close(int fd);
  [[nodiscard]] virtual int status(int fd, struct ::stat& about); ///< fstat
  [[nodiscard]] virtual int lock(int fd); ///< flock, exclusive, without waiting
  [[nodiscard]] virtual ::ssize_t read_at(int fd, std::span<std::byte> into, ::off_t offset);
  [[nodiscard]] virtual ::ssize_t write_at(int fd, bytes_view what, ::off_t offset);
  [[nodiscard]] virtual int sync(int fd); ///< fdatasync
  [[nodiscard]] virtual int truncate(int fd, ::off_t size);
  [[nodiscard]] virtual int rename(const std::filesystem::path& from,
                                   const std::filesystem::path& to);
  [[nodiscard]] virtual int link(const std::filesystem::path& from,
                                 const std::filesystem::path& to); ///< a second name
  virtual int remove(const std::filesystem::path& path);           ///< unlink; 0: it is gone
  /// Something is of that name, be it a link that leads nowhere.
  [[nodiscard]] virtual bool exists(const std::filesystem::path& path);
  [[nodiscard]] virtual int make_folder(const std::filesystem::path& path); ///< mkdir
  virtual int remove_folder(const std::filesystem::path& path); ///< rmdir; 0: it is gone
  [[nodiscard]] virtual int sync_folder(const std::filesystem::path& folder);
  /// The names in it, in no order. Errors: file_missing, file_unreadable, io_failed.
  [[nodiscard]] virtual result<std::vector<std::string>>
  names_in(const std::filesystem::path& folder);
  /// Random: what tells one file's records from another's.
  [[nodiscard]] virtual std::uint64_t salt();
};

/// The system's own. Lives as long as the process.
[[nodiscard]] file_operations& real_files();

/// Writes all of it, in as many calls as it takes. Errors: disk_full, io_failed, with part written.
[[nodiscard]] result<void> write_all_at(file_operations& files, int fd, bytes_view what,
                                        ::off_t offset, const std::filesystem::path& path);

/// The folder a file lies in; "." for a bare name.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);

} // namespace caucus
