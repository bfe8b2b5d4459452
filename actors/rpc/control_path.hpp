#pragma once

#include "messages/result.hpp"

#include <filesystem>
#include <string>

/// A Unix socket's address holds 107 characters; a node's directory may have more. Linux takes the
/// way through an open directory instead: /proc/self/fd/N/control.sock.

namespace caucus {

/// Handle: while it lives, `path()` names the socket in the directory.
class socket_path {
public:
  /// Errors: file_missing, file_unreadable: the directory cannot be opened.
  [[nodiscard]] static result<socket_path> in(const std::filesystem::path& directory,
                                              const std::string& name);
  socket_path(socket_path&& other) noexcept;
  socket_path& operator=(socket_path&&) = delete;
  ~socket_path();

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  socket_path(int directory, std::string path);
  int directory_ = -1; ///< -1: the path itself is short enough
  std::string path_;
};

} // namespace caucus
