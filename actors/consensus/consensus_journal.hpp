#pragma once

#include "actors/consensus/journal_record.hpp"
#include "messages/result.hpp"
#include "runtime/metrics.hpp"
#include "runtime/retry_log.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

/// The replica's journal in its file. The actor's thread; write() and repair() block on the disk.
/// A write that failed is made good by repair(), which puts a new file in the old one's place: what
/// a failed write or sync left behind is never built upon.

namespace caucus {

/// What consensus.journal begins with.
inline constexpr std::string_view votes_journal_magic = "caucusJ\n";
/// 8 MiB: some ten thousand views of 4 members; read in 20 ms at a start.
inline constexpr std::uint64_t votes_journal_size_max = 8 * 1024 * 1024;

class consensus_journal {
public:
  /// Opens or makes the file and reads it. Errors, naming the file: those of append_log::open, and
  /// file_malformed. `syncs`: counts how long each took; may be null. `size_max`: see overgrown().
  [[nodiscard]] static result<consensus_journal>
  open(const std::filesystem::path& path, file_operations* files,
       std::shared_ptr<histogram> syncs = nullptr, std::uint64_t size_max = votes_journal_size_max);

  using visitor = std::function<void(const voting::consensus_record&)>;
  /// Reads it as open() does, and changes nothing: record by record from `from` on, which is the
  /// beginning or what this returned before: the end. Errors: those of open(); file_missing.
  [[nodiscard]] static result<log_position> read(const std::filesystem::path& path,
                                                 file_operations* files, const visitor& then,
                                                 log_position from = {});

  /// Once: what it held at open().
  [[nodiscard]] std::vector<voting::consensus_record> take_records() { return std::move(records_); }

  /// open() cut off a damaged end: what it held, nobody knows.
  [[nodiscard]] bool cut() const { return log_.cut_bytes() > 0; }

  /// Appends them; durable when this returns if any of them binds, else with the next that does.
  /// Errors: disk_full, io_failed; then broken() until repair() succeeds. Precondition: !broken().
  [[nodiscard]] result<void> write(const std::vector<voting::consensus_record>& what);
  [[nodiscard]] bool broken() const { return broken_; }

  /// Makes `live` the whole content, durably. Errors: disk_full, io_failed, in_use: try later.
  [[nodiscard]] result<void> repair(const std::vector<voting::consensus_record>& live);

  /// Grown enough for a repair() that would make it smaller.
  [[nodiscard]] bool overgrown() const;

private:
  consensus_journal(retry_log log, std::vector<voting::consensus_record> records,
                    std::shared_ptr<histogram> syncs, std::uint64_t size_max);

  retry_log log_;
  std::shared_ptr<histogram> syncs_;
  std::vector<voting::consensus_record> records_;
  std::uint64_t size_max_;
  std::uint64_t size_after_repair_ = 0;
  bool broken_ = false;
};

} // namespace caucus
