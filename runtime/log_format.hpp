#pragma once

#include "messages/bytes.hpp"
#include "messages/result.hpp"
#include "runtime/file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// The bytes of an append_log's file (laid out at the top of append_log.hpp): making headers and
/// records, and reading them back with every check. Decides nothing about what to do with damage.
/// One thread at a time; a window reads the file, all else is pure.

namespace caucus::log_format {

inline constexpr std::size_t magic_size = 8;
inline constexpr std::size_t header_size = 32;
inline constexpr std::size_t record_header_size = 20;
inline constexpr std::uint32_t format_version = 1;

struct file_header {
  std::uint32_t format = format_version;
  std::uint32_t schema = 0;
  std::uint64_t salt = 0; ///< random, one a file
};

[[nodiscard]] std::array<std::byte, header_size> make_header(std::string_view magic,
                                                             const file_header& header);

/// What `head`, the start of the file at `path`, says.
/// Errors: file_malformed (not such a file), bad_checksum.
[[nodiscard]] result<file_header> read_header(const std::filesystem::path& path,
                                              std::string_view magic, bytes_view head);

struct record_header {
  std::uint32_t body_size = 0; ///< as it stands there: may be any number
  std::uint64_t durable = 0;
  std::uint32_t crc = 0;
};

/// What stands before `body` when it is written at `offset` and the file is on disk up to
/// `durable`.
[[nodiscard]] std::array<std::byte, record_header_size> make_record_header(std::uint64_t salt,
                                                                           std::uint64_t offset,
                                                                           std::uint64_t durable,
                                                                           bytes_view body);

/// nullopt: too short, or not the start of a record of this file.
[[nodiscard]] std::optional<record_header> read_record_header(std::uint64_t salt, bytes_view head);

/// Whether `body` is what was written at `offset` behind `head`.
[[nodiscard]] bool fits(std::uint64_t salt, std::uint64_t offset, const record_header& head,
                        bytes_view body);

/// "PATH at byte OFFSET", for errors.
[[nodiscard]] std::string at_offset(const std::filesystem::path& path, std::uint64_t offset);

/// A moving view of a file: many small records cost one system call. Refers to all arguments.
class window {
public:
  window(file_operations& files, int fd, const std::filesystem::path& path)
      : files_{files}, fd_{fd}, path_{path} {}

  /// `size` bytes at `offset`, fewer at the file's end; good until the next call. Error: io_failed.
  [[nodiscard]] result<bytes_view> view(std::uint64_t offset, std::size_t size);

private:
  [[nodiscard]] result<void> fill(std::uint64_t offset, std::size_t size);

  file_operations& files_;
  int fd_;
  const std::filesystem::path& path_;
  bytes buffer_;
  std::uint64_t start_ = 0; ///< of buffer_ in the file
};

/// Where records are looked for.
struct extent {
  std::uint64_t salt = 0;
  std::uint64_t size = 0;          ///< of the file, or of the part of it that counts
  std::size_t record_size_max = 0; ///< a larger one is damage
};

struct seen_record {
  bytes_view body; ///< good until the window moves
  std::uint64_t durable = 0;
};

/// The record at `offset`; nullopt: there is no good one. Error: io_failed.
[[nodiscard]] result<std::optional<seen_record>> look(window& in, const extent& file,
                                                      std::uint64_t offset);

/// Whether a good record behind `bad` was written when `bad` was on disk already. O(file's rest).
/// Error: io_failed.
[[nodiscard]] result<bool> promised(window& in, const extent& file, std::uint64_t bad);

} // namespace caucus::log_format
