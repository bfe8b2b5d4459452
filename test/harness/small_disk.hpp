#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

/// A disk that is soon full: a tmpfs over a folder. Needs the right to mount.
/// Throws std::runtime_error, as test code may.

namespace caucus::harness {

class small_disk {
public:
  /// Moves the folder's files onto the new disk. Null: this process may not mount.
  [[nodiscard]] static std::unique_ptr<small_disk> over(const std::filesystem::path& folder,
                                                        std::size_t size);
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk(); ///< unmounts; what processes have open stays until they end

  void fill(); ///< to the last byte
  void make_room();

private:
  explicit small_disk(std::filesystem::path folder) : folder_{std::move(folder)} {}
  std::filesystem::path folder_;
};

} // namespace caucus::harness
