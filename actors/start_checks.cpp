#include "actors/start_checks.hpp"

#include "actors/consensus/consensus_journal.hpp"
#include "actors/notary/folder_facts.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/peer_net/peer_store.hpp"
#include "runtime/log_format.hpp"

#include <string_view>
#include <system_error>
#include <utility>

namespace caucus {

result<void> judge_journals(const std::filesystem::path& folder, const committee& voters,
                            const peer_id& self) {
  const bool votes = voters.has(self);
  std::error_code none;
  const auto size = std::filesystem::file_size(folder / "ledger.log", none);
  if (none || size <= log_format::header_size) {
    return {};
  }
  for (const auto* const name : {"notary.journal", "consensus.journal"}) {
    if (!std::filesystem::exists(folder / name, none)
        && (votes || std::string_view{name} == "notary.journal")) {
      return fail(
        errc::file_missing,
        (folder / name).string()
          + " is missing, though there is a ledger: what this node has signed would be "
            "forgotten, and it could contradict itself. Put back the newest copy, no older one"
          + without_a_copy(votes && voters.is_alone()));
    }
  }
  return {};
}

std::vector<file_judgement> judge_files(const std::filesystem::path& folder,
                                        const committee& voters, const peer_id& self, bool runs) {
  std::vector<file_judgement> out;
  const auto journals = judge_journals(folder, voters, self);
  out.push_back({"journals", journals});
  const auto facts = notary_files::look(folder, self);
  out.push_back({"ledger.log", facts ? result<void>{} : tl::make_unexpected(facts.error())});
  if (facts && journals && !runs) {
    out.push_back(
      {"ledger.log and notary.journal", judge(*facts, voters.has(self) && voters.is_alone())});
  }
  std::error_code none;
  if (std::filesystem::exists(folder / "consensus.journal", none)) {
    out.push_back({"consensus.journal", consensus_journal::look(folder / "consensus.journal")});
  }
  if (std::filesystem::exists(folder / "state.sqlite", none)) {
    out.push_back({"state.sqlite", state_store::look(folder / "state.sqlite")});
  }
  if (std::filesystem::exists(folder / "peers.sqlite", none)) {
    out.push_back({"peers.sqlite", peer_store::look(folder / "peers.sqlite")});
  }
  return out;
}

} // namespace caucus
