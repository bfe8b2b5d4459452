#pragma once

#include "actors/notary/block_index.hpp"
#include "actors/notary/records.hpp"
#include "actors/notary/tip_state.hpp"
#include "actors/survivors.hpp"
#include "messages/closing.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/vote.hpp"

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

/// A folder's ledger, of whoever: as far as a quorum certified it, and what it leads to, computed
/// here. Any thread; blocks on the disk, and changes nothing there.

namespace caucus {

/// Where a ledger ends, as far as it is certified, and which blocks lead there.
struct ledger_read {
  tip_state tip;
  shared_final last;                 ///< whose result the tip is; null: no block's
  height first;                      ///< of `ids`
  std::vector<digest> ids{};         ///< of each block from there on
  std::optional<block_mark> mark{};  ///< where reading began
  std::deque<certificate> shown{};   ///< the newest of its last epoch
  std::vector<shared_final> loose{}; ///< behind the certified ones, ascending
  std::optional<errc> damage{};      ///< why it was not read to its end
  std::shared_ptr<epoch_history> known{};

  /// None: it is not among them.
  [[nodiscard]] std::optional<digest> block_at(height wanted) const {
    const auto place = wanted.value() - first.value();
    return wanted < first || place >= ids.size() ? std::nullopt : std::optional{ids[place]};
  }
};

/// From the stored state, or, if that is not the ledger's and all blocks are there, without it.
/// Errors: folder_contradicts: no state is there from which it goes on, or none that it reaches;
/// bad_certificate: nobody certified it; bad_checksum, bad_batch and those of the files; cancelled.
[[nodiscard]] result<ledger_read> read_ledger(const std::filesystem::path& folder,
                                              const survivors_network& of, const lie_judge& proves,
                                              const survivors_progress& tell);

} // namespace caucus
