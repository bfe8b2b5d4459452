#pragma once

#include "actors/notary/block_index.hpp"
#include "actors/notary/folder_facts.hpp"
#include "actors/notary/ledger_log.hpp"
#include "actors/notary/notary_io.hpp"
#include "actors/notary/records.hpp"
#include "messages/closing.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/append_log.hpp"
#include "runtime/file.hpp"
#include "runtime/retry_log.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The notary's files in its node's folder: the ledger, the journal, and the stored state.
///
///     ledger.log       final blocks, append-only; older ones in ledger.HEIGHT.log: ledger_log.hpp
///     epochs.log       what ended each epoch, append-only: who has the ledger has this
///     notary.journal   batches held, own numbers and request ids; written anew when it has grown
///     state.sqlite     the certified state of some height, for a quick start and for people
///
/// One thread, except store(), which a worker runs. Blocks on the disk.

namespace caucus {

/// What the store behind had at the start.
struct stored_state {
  caucus::height height;
  std::vector<state_entry> entries;
  std::vector<block_mark>
    blocks; ///< in the ledger, oldest first: those marked below `at`, and `at`
};

/// The SQLite file. Any thread; one waits for another.
class state_store {
public:
  [[nodiscard]] static result<std::shared_ptr<state_store>> open(const std::filesystem::path& path,
                                                                 durability keeps);
  /// Whether open() would take the file, as sqlite_store::look(); changes nothing. O(its size).
  [[nodiscard]] static result<void> look(const std::filesystem::path& path);
  virtual ~state_store() = default;
  /// Empty: nothing was stored yet.
  [[nodiscard]] virtual result<std::optional<stored_state>> load() = 0;
  /// One transaction. `blocks`: those marked since the last one, and what->height, last; marks
  /// below `oldest` go. Errors: disk_full, io_failed, in_use: nothing is changed.
  [[nodiscard]] virtual result<void> store(const notary_out::store_state& what,
                                           const std::vector<block_mark>& blocks,
                                           height oldest = {}) = 0;
  /// Everything: it does not fit the ledger.
  [[nodiscard]] virtual result<void> forget() = 0;
};

/// What notary.journal begins with.
inline constexpr std::string_view notary_journal_magic = "caucusN\n";
/// 32 MiB: below it the journal is not written anew.
inline constexpr std::uint64_t notary_journal_size_min = 32 * 1024 * 1024;

/// How they are opened.
[[nodiscard]] log_options ledger_options(durability keeps);
[[nodiscard]] log_options epochs_options(durability keeps);
[[nodiscard]] log_options notary_journal_options();

/// Where the files lie. A simulation gives another disk.
struct notary_storage {
  file_operations* files = nullptr; ///< of all but the stored state; null: the system's
  /// As state_store::open(), which it stands for; empty: that.
  std::function<result<std::shared_ptr<state_store>>(const std::filesystem::path&, durability)>
    state{};
  std::uint64_t journal_size_min = notary_journal_size_min;
  /// So many blocks fill a file of the ledger, as prune() takes whole ones; 0: one file has all.
  std::uint64_t blocks_per_file = 0;

  [[nodiscard]] file_operations& disk() const { return files != nullptr ? *files : real_files(); }
  /// Errors: as state_store::open().
  [[nodiscard]] result<std::shared_ptr<state_store>> open_state(const std::filesystem::path& path,
                                                                durability keeps) const {
    return state ? state(path, keeps) : state_store::open(path, keeps);
  }
};

class notary_files {
public:
  struct visitor {
    std::function<result<void>(const closing&)> closing; ///< all of them first
    std::function<result<void>(const shared_final&, const std::vector<state_entry>&)> state;
    std::function<result<void>(const shared_final&)> block;
    std::function<void(const notary_record&)> record;
  };

  /// Opens all and gives `visit` what they hold: the stored state with its block, the blocks after
  /// it, the journal. Errors: as ledger_log::open() and sqlite_store::open(), and the visitor's;
  /// `bad_checksum` of visit.state: the caller begins anew after forget_state(), if oldest() is 1
  /// or 0. folder_contradicts: the ledger begins above height 1, and there is no stored state.
  [[nodiscard]] static result<notary_files> open(const std::filesystem::path& folder,
                                                 durability keeps, const visitor& visit,
                                                 const notary_storage& on = {});
  /// Reads ledger and journal as open() does and changes nothing; what is not there is left out.
  /// `known`: of look_epochs(). `self`: whose folder it is. O(size of both). Errors: as open()'s;
  /// bad_checksum: a block of an epoch whose members epochs.log does not show.
  [[nodiscard]] static result<folder_facts> look(const std::filesystem::path& folder,
                                                 const epoch_history& known, const peer_id& self,
                                                 const notary_storage& on = {});
  /// The epochs that epochs.log tells of; the first alone, if it is not there. Errors: as open()'s.
  [[nodiscard]] static result<epoch_history> look_epochs(const std::filesystem::path& folder,
                                                         const genesis& from,
                                                         const notary_storage& on = {});
  /// What it has, unread. Errors: as open()'s.
  [[nodiscard]] static result<std::vector<closing>>
  look_closings(const std::filesystem::path& folder, const notary_storage& on = {});
  /// For a stored state that is not the ledger's.
  [[nodiscard]] static result<void> forget_state(const std::filesystem::path& folder,
                                                 durability keeps, const notary_storage& on = {});

  /// Of the oldest block in the ledger's files; 0: there is none. Errors: as ledger_log::open().
  [[nodiscard]] static result<height> oldest(const std::filesystem::path& folder,
                                             const notary_storage& on = {});

  /// Why a node without a ledger does not start whose network goes on from another; the way out.
  [[nodiscard]] static error lacks_first_state(const continuation& of);

  /// Why a ledger that begins there does not start without its stored state, and the way out.
  [[nodiscard]] static error begins_above(height oldest);

  void add(const notary_record& record, std::uint64_t token);
  void add(const shared_final& block);
  void add(const closing& what);
  /// Writes what was added, one sync a file at most. Errors: disk_full, io_failed; nothing is lost,
  /// call again later.
  [[nodiscard]] result<void> flush();
  [[nodiscard]] bool clean() const {
    return epochs_.clean() && journal_.clean() && ledger_.clean();
  }
  /// Of what is durable.
  [[nodiscard]] std::uint64_t token() const { return *token_; }
  [[nodiscard]] height newest() const { return blocks_->newest(); }
  /// Of the oldest block that load() may find.
  [[nodiscard]] height oldest() const { return ledger_.oldest(); }
  /// Blocks below it are not kept any more; they go with their file.
  void prune(height below);

  /// Bytes, of what is on disk.
  [[nodiscard]] std::uint64_t ledger_size() const { return ledger_.size(); }
  /// Bytes that may be written where the files lie; 0: not known.
  [[nodiscard]] std::uint64_t disk_free() const;

  /// Stops as notary_out::load says. An unreadable block ends it, and is logged.
  [[nodiscard]] std::vector<shared_final> load(const notary_out::load& what) const;

  /// The journal has grown to much more than it must hold.
  [[nodiscard]] bool journal_is_long() const;
  [[nodiscard]] result<void> compact(const std::vector<notary_record>& all);

  /// What a worker does with the stored state. The job owns what it needs, and empties `what` once
  /// it is stored: to free so much takes a while.
  [[nodiscard]] std::function<result<height>()>
  store_job(std::shared_ptr<notary_out::store_state> what) const;
  /// The job is done.
  void stored(height at) { stored_ = at; }

private:
  notary_files(retry_log epochs, ledger_log ledger, retry_log journal,
               std::shared_ptr<state_store> state)
      : epochs_{std::move(epochs)}, ledger_{std::move(ledger)}, journal_{std::move(journal)},
        state_{std::move(state)} {}

  /// Precondition: oldest() <= `wanted` <= newest(). Errors: as append_log::after().
  [[nodiscard]] result<block_mark> place_of(height wanted) const;
  /// The block at `at`, which then is that of the next one; `size` grows by its record's. Errors:
  /// as append_log::read(); bad_checksum: another block.
  [[nodiscard]] result<shared_final> read_on(block_mark& at, std::size_t& size) const;
  void begin_file();
  [[nodiscard]] static result<folder_facts> look_once(const std::filesystem::path& folder,
                                                      const epoch_history& known,
                                                      const peer_id& self,
                                                      const notary_storage& on);

  retry_log epochs_;
  ledger_log ledger_;
  retry_log journal_;
  std::shared_ptr<state_store> state_;
  /// Shared with what flush() calls, as this may move.
  std::shared_ptr<block_index> blocks_ = std::make_shared<block_index>();
  std::shared_ptr<std::uint64_t> token_ = std::make_shared<std::uint64_t>(0);
  std::uint64_t journal_size_min_ = notary_journal_size_min;
  std::uint64_t compact_size_ = 0; ///< of the journal when it was last written anew
  std::uint64_t blocks_per_file_ = 0;
  height begin_after_; ///< no file begins before this one
  height stored_;
};

} // namespace caucus
