#pragma once

#include "actors/notary/block_index.hpp"
#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/append_log.hpp"
#include "runtime/retry_log.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

/// The ledger's files: one that grows, and full ones, of which the oldest goes as a whole when its
/// blocks are not kept any more.
/// One thread; blocks on the disk.
///
///     ledger.log           the newest blocks; all of them, where all are kept
///     ledger.HEIGHT.log    full; HEIGHT: of its first block
///
/// Each has the blocks of consecutive heights, and begins with the one behind the last of the file
/// before it. Filling one up gives it its second name, and puts an empty file in the place of the
/// first: what a crash leaves in between is one file with two names. So ledger.log is there at any
/// time.

namespace caucus {

class ledger_log {
public:
  /// Called with each record, in order, where it lies in its file.
  using visitor = append_log::visitor;

  /// As append_log::open(), over all files from the one that has `from`; none: from the oldest.
  /// Every record visited must be the block one height above the one before it, which the visitor
  /// sees to. Errors, besides: folder_contradicts: no file has `from`; bad_checksum: one is missing
  /// between two others, or is of another ledger.
  [[nodiscard]] static result<ledger_log> open(const std::filesystem::path& folder,
                                               const log_options& options,
                                               std::optional<block_mark> from, const visitor& each);
  /// Reads as open() does, and changes nothing; nothing there is no error.
  [[nodiscard]] static result<void> look(const std::filesystem::path& folder,
                                         const log_options& options, const visitor& each,
                                         std::optional<block_mark> from = {});
  /// Of the oldest block that is there; 0: none is. Errors: as open().
  [[nodiscard]] static result<height> oldest(const std::filesystem::path& folder,
                                             const log_options& options);

  /// What the files are, for who looks while they may change: the same then and later, if nothing
  /// began or went. Empty: the folder cannot be read.
  [[nodiscard]] static std::vector<height> names_in(const std::filesystem::path& folder,
                                                    const log_options& options);

  void add(bytes record, retry_log::written then) {
    newest_.add(std::move(record), std::move(then));
  }
  [[nodiscard]] result<void> flush();
  [[nodiscard]] bool clean() const { return newest_.clean(); }

  /// The record of that block. Errors: as append_log::read().
  [[nodiscard]] result<log_record> read(const block_mark& at) const;
  /// Where the one behind it starts, in the same file. Errors: as append_log::after().
  [[nodiscard]] result<log_position> after(const block_mark& at) const;
  /// The last of these two that is not above: `known`, or the first block of a file. Precondition:
  /// `wanted` is not below oldest().
  [[nodiscard]] block_mark start_for(height wanted, std::optional<block_mark> known) const;
  [[nodiscard]] bool begins_with(height which) const;
  /// Where a block may be found; of no block that is there: the one that would be the next.
  [[nodiscard]] height oldest() const { return full_.empty() ? first_ : full_.front().first; }
  /// The first block of the file that grows.
  [[nodiscard]] height newest_file() const { return first_; }

  /// The file that grows is full, and the block of height `next` begins another. Precondition:
  /// clean(), and the file has a block. Errors: as append_log::replace_all(), or that of a file
  /// system without hard links; nothing is changed, or all is and a power cut may undo it.
  [[nodiscard]] result<void> begin_file(height next);
  /// Full files go, all of whose blocks are below.
  void drop_below(height keep);

  /// Bytes on the disk.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] const std::filesystem::path& path() const { return newest_.path(); }
  /// Of the file that grows.
  [[nodiscard]] const retry_log& growing() const { return newest_; }

private:
  struct full_file {
    height first;
    std::filesystem::path path;
    std::uint64_t size = 0;
  };
  struct found;

  ledger_log(std::filesystem::path folder, const log_options& options, retry_log newest)
      : folder_{std::move(folder)}, options_{options}, newest_{std::move(newest)} {}

  /// The full file that has this block; null: the growing one may.
  [[nodiscard]] const full_file* file_of(height which) const;
  /// Opened, if it is not.
  [[nodiscard]] result<const append_log*> log_of(const full_file& which) const;

  std::filesystem::path folder_;
  log_options options_;
  std::deque<full_file> full_; ///< oldest first
  retry_log newest_;
  height first_{1};       ///< of newest_
  bool unsynced_ = false; ///< the folder: a power cut may give ledger.log back what it was
  /// One at a time, as each takes a descriptor.
  mutable std::optional<std::pair<height, append_log>> read_;
};

} // namespace caucus
