#pragma once

#include "messages/result.hpp"
#include "runtime/file.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include <sys/types.h>

/// One node a folder: two with one identity would vote twice.
/// Any thread.

namespace caucus {

/// Holds the folder until it goes, or the process ends, however it does: children that it forked
/// hold nothing.
class directory_lock {
public:
  directory_lock(directory_lock&&) noexcept = default;
  directory_lock& operator=(directory_lock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~directory_lock();

  /// Makes the file `lock` in the folder, which names the holder. Errors: in_use (with the holder),
  /// those of file_error().
  [[nodiscard]] static result<directory_lock> take(const std::filesystem::path& folder);
  /// The process that holds the folder now; 0: held, but the holder is not known. Takes no lock, so
  /// a node may start meanwhile. Errors: those of file_error(), where this user cannot tell.
  [[nodiscard]] static result<std::optional<::pid_t>> holder(const std::filesystem::path& folder);

private:
  explicit directory_lock(unique_fd file);
  unique_fd file_;
};

} // namespace caucus
