#pragma once

#include "actors/node_config.hpp"
#include "messages/committee.hpp"
#include "messages/genesis.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// What keeps a node from starting with the files that it has: the checks of its start, for the
/// start itself and for who looks at the folder of a node that does not run. Nothing is changed.
/// Any thread; blocks on the disk.

namespace caucus {

/// What binds a node is in its journals: votes, numbers of batches. Whoever lost one may say
/// tomorrow what contradicts yesterday. A ledger with blocks tells that there was one. `self`:
/// whose folder it is. Error: file_missing.
[[nodiscard]] result<void> judge_journals(const std::filesystem::path& folder,
                                          const committee& voters, const peer_id& self);

/// Of one file.
struct file_judgement {
  std::string name; ///< "ledger.log"
  result<void> how;
};
/// All files that a start reads, by the code that reads them there. O(their size). `self`: whose
/// folder it is. `runs`: a node writes them meanwhile, so they may seem to contradict one another,
/// and are not asked. Else what they say of votes is judged as a start does: also of a member that
/// starts and does not vote.
[[nodiscard]] std::vector<file_judgement>
judge_files(const node_config& config, const genesis& from, const peer_id& self, bool runs);

} // namespace caucus
