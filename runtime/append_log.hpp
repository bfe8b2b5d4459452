#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/file.hpp"
#include "runtime/log_format.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// An append-only file of checksummed records: the journal and the ledger stand on it.
/// One thread at a time; append() and sync() block on the disk.
///
///     file   = header, record*
///     header = magic (8) | format u32 | schema u32 | salt u64 | 0 u32 | crc u32        32 bytes
///     record = mark u32 | size u32 | durable u64 | crc u32 | body                 20 + size bytes
///
/// Little endian. A record's crc covers the salt, its own offset, size, durable and body, so that
/// neither old bytes of a disk nor a body that looks like a record are taken for one. `durable` is
/// how far the file was on disk when the record was written; in a file made by replace_all(), all
/// before it, since nobody sees that file before it is on disk. It tells the two kinds of damage
/// apart:
/// - no good record that was written after the broken one's sync follows it: a crash tore the last
///   writes, or the record was synced and damaged since. The file alone cannot tell. The tail is
///   cut off at open and reported; the log's owner compares with its other files.
/// - the broken record was on disk when a later one was written: the disk lost data that it had
///   confirmed. An error that names file and offset; nothing is changed.
/// A sync that failed is never tried again on the same bytes: the kernel may have dropped them.

namespace caucus {

enum class durability : std::uint8_t {
  disk = 1,   ///< sync() returns when the disk has it
  memory = 2, ///< sync() does nothing: survives a kill, not a power cut
};

/// Where a record starts in its file. Good until the log is replaced or cut below it.
using log_position = strong_id<struct log_position_tag, std::uint64_t>;

/// Unless its owner says otherwise.
inline constexpr std::size_t log_record_size_max = 16 * 1024 * 1024;

struct log_options {
  std::string_view magic{}; ///< exactly 8 bytes: what the records mean, "caucusJ\n"
  std::uint32_t schema = 1; ///< of the records; a file with a higher one is refused
  durability sync = durability::disk;
  std::size_t record_size_max = log_record_size_max;
  /// open(): where no good record starts at `from` that is an error, bad_checksum, and nothing is
  /// cut.
  bool from_a_record = false;
  /// open(): no record is looked at, as each is when it is read; for a file that grows no more.
  bool unchecked = false;
  /// open(): for a reader of another process's file. The file is not made, locked, cut or synced,
  /// and nothing may be written to it.
  bool look_only = false;
  file_operations* files = nullptr; ///< null: the system's
};

/// What open() found.
struct log_report {
  bool created = false;        ///< there was no file
  std::uint32_t schema = 0;    ///< the file's: below the options', records are of an older layout
  std::uint64_t records = 0;   ///< good ones that were read
  std::uint64_t cut_bytes = 0; ///< of a torn tail
};

/// A record, and where the next one would start.
struct log_record {
  bytes body;
  log_position next;
};

class append_log {
public:
  /// Called with each good record, in order; an error ends the reading and is returned.
  using visitor = std::function<result<void>(log_position, bytes_view)>;

  /// Opens or makes the file, checks every record from `from` (0: all) and cuts a torn tail. `from`
  /// saves time with a long file: records before it are checked when they are read.
  /// Errors: file_missing (no folder), file_unreadable, in_use (another process has it open),
  /// file_malformed (not such a file), schema_too_new, bad_checksum (damage that is no torn tail),
  /// out_of_range (`from` is behind the end), disk_full, io_failed, the visitor's. The file is
  /// unchanged by every one of them.
  [[nodiscard]] static result<append_log> open(const std::filesystem::path& path,
                                               const log_options& options, const visitor& each = {},
                                               log_position from = {});

  append_log(append_log&&) noexcept = default;
  append_log& operator=(append_log&&) noexcept = default;
  ~append_log() = default; ///< syncs nothing

  /// Writes the record, or all records with one call; the position of the first. Survives a kill
  /// once it returns, a power cut after sync().
  /// Errors, the log being as before: too_long, disk_full (try again after room was made),
  /// io_failed. If the file could not be restored after an error, or if a sync failed, every later
  /// call fails with the same error: open the log again.
  [[nodiscard]] result<log_position> append(bytes_view record);
  [[nodiscard]] result<log_position> append_many(std::span<const bytes_view> records);

  /// All appended records are on disk when this returns. Does nothing in memory mode, or if nothing
  /// was appended. Error: disk_full or io_failed: records appended since the last good sync may be
  /// lost, and the log refuses all further work.
  [[nodiscard]] result<void> sync();

  /// Errors: out_of_range (no record can start there), bad_checksum, io_failed.
  [[nodiscard]] result<log_record> read(log_position at) const;
  /// Where the record after the one at `at` starts. Reads only a header: a damaged body is found
  /// when it is read. Errors: as read().
  [[nodiscard]] result<log_position> after(log_position at) const;
  /// All records from `from`. Errors: as read(); the visitor's.
  [[nodiscard]] result<void> each(log_position from, const visitor& visit) const;

  /// The first record's position, and one behind the last.
  [[nodiscard]] static log_position begin();
  [[nodiscard]] log_position end() const { return log_position{end_}; }
  /// Everything before is on disk.
  [[nodiscard]] log_position durable_end() const { return log_position{durable_}; }

  /// Removes every record from `at` on, durably. Errors: out_of_range, io_failed.
  [[nodiscard]] result<void> cut(log_position at);

  /// Replaces all records by these, atomically: after a crash the file has the old records or the
  /// new ones. Positions start anew. Errors: too_long, disk_full, io_failed; the log is as before.
  /// One exception: if the folder could not be synced, the log has the new records and refuses all
  /// further work, since a power cut may leave either.
  [[nodiscard]] result<void> replace_all(std::span<const bytes_view> records);

  [[nodiscard]] const log_report& report() const { return report_; }
  /// The file's own number: a copy of it has the same, and no other has.
  [[nodiscard]] std::uint64_t salt() const { return salt_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  append_log() = default;

  [[nodiscard]] result<void> make_file(const std::filesystem::path& path,
                                       std::span<const bytes_view> records);
  [[nodiscard]] result<void> read_header();
  /// Of the record at `at`, which fits the file; its body is not looked at. Errors: as read().
  [[nodiscard]] result<log_format::record_header> read_start(log_position at) const;
  [[nodiscard]] result<void> scan(log_position from, const visitor& each);
  [[nodiscard]] result<void> cut_tail(std::uint64_t at, std::uint64_t size);
  [[nodiscard]] result<std::uint64_t> size_of_file() const;
  [[nodiscard]] log_format::extent extent_of(std::uint64_t size) const {
    return {salt_, size, options_.record_size_max};
  }
  [[nodiscard]] result<void> compose(std::span<const bytes_view> records, std::uint64_t at,
                                     bytes& out) const;
  [[nodiscard]] tl::unexpected<error> broken(error why);

  std::filesystem::path path_;
  std::string magic_;
  log_options options_{};
  file_operations* files_ = nullptr;
  unique_fd file_;
  std::uint64_t salt_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t durable_ = 0; ///< <= end_
  bytes buffer_;              ///< kept, so that appending allocates nothing
  log_report report_;
  std::optional<error> broken_; ///< why nothing works any more
};

} // namespace caucus
