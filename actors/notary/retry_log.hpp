#pragma once

#include "messages/bytes.hpp"
#include "messages/result.hpp"
#include "runtime/append_log.hpp"

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

/// An append log that outlives a full disk: what could not be written is kept and written when there
/// is room, in order, each record once. One thread; flush() blocks on the disk.

namespace caucus {

class retry_log {
public:
  /// Called for each record that was written, in order.
  using written = std::function<void(log_position)>;

  /// As append_log::open().
  [[nodiscard]] static result<retry_log> open(std::filesystem::path path, log_options options,
                                              const append_log::visitor& each,
                                              log_position from = {});

  /// To be written with the next flush().
  void add(bytes record, written then);
  /// Writes what was added and syncs once. An error: what is not on disk is kept for the next call,
  /// which opens the file anew if it must.
  [[nodiscard]] result<void> flush();
  /// Nothing waits to be written.
  [[nodiscard]] bool clean() const { return waiting_.empty(); }

  /// A record that was written. Errors: as append_log::read().
  [[nodiscard]] result<log_record> read(log_position at) const;
  /// Where the one behind it starts. Errors: as append_log::after().
  [[nodiscard]] result<log_position> after(log_position at) const;
  /// Puts these in the place of all others; what waits is written behind. Errors: as
  /// append_log::replace_all(); what comes later is written behind whichever records are there.
  [[nodiscard]] result<void> replace_all(const std::vector<bytes>& records);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Behind the last record that is on disk.
  [[nodiscard]] log_position end() const { return kept_; }

private:
  struct entry {
    bytes record;
    written then;
    log_position at{}; ///< zero: not written
  };
  retry_log(append_log log, std::filesystem::path path, log_options options)
      : log_{std::move(log)}, path_{std::move(path)}, options_{options}, kept_{log_->end()} {}
  [[nodiscard]] result<void> reopen();

  std::optional<append_log> log_; ///< empty: could not be opened anew yet
  std::filesystem::path path_;
  log_options options_;
  log_position kept_;         ///< what is before it is on disk
  std::deque<entry> waiting_; ///< not on disk; those written first
  bool broken_ = false;       ///< a write or sync failed for good: the file must be opened anew
};

} // namespace caucus
