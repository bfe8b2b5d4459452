#pragma once

#include "messages/result.hpp"

#include <filesystem>
#include <string_view>

namespace caucus {

/// A new folder; with all in it removed at the end, unless it is to be kept. Any thread.
class work_folder {
public:
  /// Below the system's temporary folder, its name begins with `name`. Error: io_failed.
  [[nodiscard]] static result<work_folder> temporary(std::string_view name);
  /// Kept. Empty: a temporary one, which is not. Errors: file_exists (not empty), io_failed.
  [[nodiscard]] static result<work_folder> make(const std::filesystem::path& keep);
  work_folder(work_folder&& other) noexcept;
  work_folder& operator=(work_folder&&) = delete;
  ~work_folder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void keep() { keeps_ = true; }

private:
  work_folder(std::filesystem::path path, bool keeps);
  std::filesystem::path path_;
  bool keeps_ = false;
};

} // namespace caucus
