#pragma once

#include "messages/bytes.hpp"
#include "messages/result.hpp"
#include "runtime/append_log.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

/// An append log that outlives a full disk: what could not be written is kept and written when
/// there is room, in order, each record once; or replace_all() says anew what the file must hold.
/// One thread; what writes blocks on the disk.

namespace caucus {

class retry_log {
public:
  /// Called for each record that was written, in order.
  using written = std::function<void(log_position)>;

  /// As append_log::open(); cut_bytes() tells of a damaged end.
  [[nodiscard]] static result<retry_log> open(std::filesystem::path path, log_options options,
                                              const append_log::visitor& each,
                                              log_position from = {});

  /// To be written with the next write() or flush().
  void add(bytes record, written then = {});
  /// Writes what was added, for a kill to leave it: it waits for flush(). An error: what is not on
  /// disk is kept for the next call, which opens the file anew if it must.
  [[nodiscard]] result<void> write();
  /// As write(), and syncs once.
  [[nodiscard]] result<void> flush();
  /// Nothing waits to be on disk.
  [[nodiscard]] bool clean() const { return waiting_.empty(); }
  /// Records that are not known to be on disk.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  /// What waits is not written any more, and nobody is told: replace_all() will say what matters of
  /// it, and of a file that has to be opened anew, be it shorter than it was.
  void give_up() {
    waiting_.clear();
    kept_ = broken_ ? log_position{} : kept_;
  }

  /// A record that was written. Errors: as append_log::read().
  [[nodiscard]] result<log_record> read(log_position at) const;
  /// Where the one behind it starts. Errors: as append_log::after().
  [[nodiscard]] result<log_position> after(log_position at) const;
  /// Puts these in the place of all others; what waits is written behind. Errors: as
  /// append_log::replace_all(); what comes later is written behind whichever records are there.
  [[nodiscard]] result<void> replace_all(const std::vector<bytes>& records);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Of a damaged end, which open() took away: what a power cut left of a write, or records that
  /// were whole once.
  [[nodiscard]] std::uint64_t cut_bytes() const { return cut_bytes_; }
  /// Behind the last record that is on disk.
  [[nodiscard]] log_position end() const { return kept_; }

private:
  struct entry {
    bytes record;
    written then;
    log_position position{}; ///< zero: not written
  };
  retry_log(append_log log, std::filesystem::path path, log_options options)
      : log_{std::move(log)}, path_{std::move(path)}, options_{options}, kept_{log_->end()},
        cut_bytes_{log_->report().cut_bytes} {}
  [[nodiscard]] result<void> reopen();

  std::optional<append_log> log_; ///< empty: could not be opened anew yet
  std::filesystem::path path_;
  log_options options_;
  log_position kept_;         ///< what is before it is on disk
  std::deque<entry> waiting_; ///< not on disk; those written first
  std::uint64_t cut_bytes_ = 0;
  bool broken_ = false; ///< a write or sync failed for good: the file must be opened anew
};

} // namespace caucus
