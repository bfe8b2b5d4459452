#pragma once

#include "actors/notary/notary_files.hpp"
#include "actors/notary/snapshot_check.hpp"
#include "actors/notary/snapshot_packets.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "runtime/append_log.hpp"
#include "runtime/file.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

/// How a node that fetched the state from others goes on from it: one life writes `snapshot.ready`,
/// of the form of a saved snapshot, and the next begins by taking it in place of its ledger. A
/// crash anywhere between leaves it there, or the files of before.
///
///     snapshot.ready      whole and checked; to be taken at the next start
///     snapshot.taking     the same, from when the first file of before is moved to when all is there
///     snapshot.part       what came of a state so far: an append_log of the magic "caucusP\n", records
///                         of entries (variable u16 | key | value)*; believed by nobody
///     replaced-HEIGHT/    ledger and state of before, if the ledger began with the first block
///
/// Any thread; blocks on the disk.

namespace caucus {

/// Checks the state's entries and writes `snapshot.ready`. Errors: as check_certified_state();
/// those of the disk.
[[nodiscard]] result<void> make_ready(const snapshot_contents& all, const snapshot_network& of,
                                      const std::filesystem::path& folder,
                                      const notary_storage& on = {});

struct taken_snapshot {
  caucus::height height;            ///< 0: none was taken
  std::optional<error> delayed{};   ///< by the disk: all is as before, and the file still there
  std::filesystem::path replaced{}; ///< where the files of before are; empty: they are gone
};
/// Before anything of the folder is opened. Height 0: there is no such file, or it is of no use (no
/// newer than the ledger, or not what the group certified), which is logged, and it is gone.
/// `self`: whose folder it is. Errors: those of the disk, in the midst of it; the next call goes
/// on.
[[nodiscard]] result<taken_snapshot> take_ready(const std::filesystem::path& folder,
                                                const snapshot_network& of, const peer_id& self,
                                                const notary_storage& on = {});
/// There is such a file: what the folder lacks is in it.
[[nodiscard]] bool is_ready(const std::filesystem::path& folder);

/// `snapshot.part`. Nothing of it needs to survive, so it is never synced, and whatever is wrong
/// with it is logged once and the file left alone.
class snapshot_part {
public:
  /// `files`: null: the system's; else it must outlive this.
  explicit snapshot_part(std::filesystem::path folder, file_operations* files = nullptr)
      : folder_{std::move(folder)}, files_{files != nullptr ? *files : real_files()} {}
  /// What there is; of a damaged file what comes before the damage.
  [[nodiscard]] std::vector<snapshot_entry> read() const;
  void add(const std::vector<snapshot_entry>& entries);
  void remove();

private:
  std::filesystem::path folder_;
  file_operations& files_;
  std::optional<append_log> log_;
  bool works_ = true;
};

} // namespace caucus
