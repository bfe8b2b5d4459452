#include "actors/start_checks.hpp"

#include "actors/consensus/consensus.hpp"
#include "actors/consensus/consensus_journal.hpp"
#include "actors/consensus/epochs.hpp"
#include "actors/notary/folder_facts.hpp"
#include "actors/notary/notary_files.hpp"
#include "actors/notary/snapshot_install.hpp"
#include "actors/peer_net/peer_store.hpp"
#include "runtime/log_format.hpp"

#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace caucus {

namespace {

/// True also if it cannot be read: who opens it says why.
bool begins_with(const std::filesystem::path& path, std::string_view magic) {
  std::ifstream file{path, std::ios::binary};
  std::string head(magic.size(), ' ');
  return !file
         || (file.read(head.data(), static_cast<std::streamsize>(head.size())) && head == magic);
}

/// Also a link that leads nowhere: a start stumbles over it.
bool is_there(const std::filesystem::path& path) {
  std::error_code none;
  return std::filesystem::exists(std::filesystem::symlink_status(path, none));
}

} // namespace

result<void> judge_journals(const std::filesystem::path& folder, const committee& voters,
                            const peer_id& self) {
  const bool votes = voters.has(self);
  std::error_code none;
  const auto size = std::filesystem::file_size(folder / "ledger.log", none);
  const bool grows = !none && size > log_format::header_size;
  if (!grows && notary_files::oldest(folder).value_or(height{}) == height{}) {
    return {};
  }
  const auto way_out =
    ", though there is a ledger: what this node has signed would be forgotten, and it could "
    "contradict itself. Put back the newest copy, no older one"
    + without_a_copy(votes && voters.is_alone());
  for (const auto& [name, magic] : {std::pair{"notary.journal", notary_journal_magic},
                                    std::pair{"consensus.journal", votes_journal_magic}}) {
    const auto path = folder / name;
    if (!votes && std::string_view{name} == "consensus.journal") {
      continue;
    }
    if (!std::filesystem::exists(path, none)) {
      return fail(errc::file_missing, path.string() + " is missing" + way_out);
    }
    if (std::filesystem::is_regular_file(path, none) && !begins_with(path, magic)) {
      return fail(errc::file_malformed,
                  path.string() + " is no journal, but empty or another file" + way_out);
    }
  }
  return {};
}

namespace {

/// Of a look that says nothing to anybody.
class no_key final : public voting::signer {
public:
  [[nodiscard]] signature sign(const subject& /*on*/) const override { return {}; }
  [[nodiscard]] signature sign(const digest& /*header*/) const override { return {}; }
  [[nodiscard]] signature sign(const life& /*mine*/) const override { return {}; }
};

/// Whether the member would vote: the core itself starts from the journal and the ledger's end.
result<void> judge_votes(const node_config& config, const genesis& from, const peer_id& self,
                         std::vector<voting::consensus_record> journal, ledger_tip newest) {
  if (journal.empty() || newest.header.height == height{}) {
    return {}; // a first start, or a ledger that is to be fetched
  }
  auto with = config_of(from, self); // of the first epoch; the tip tells of another
  with.keeps = config.keeps == durability::memory ? vote_keeping::ceiling : vote_keeping::each;
  if (config.vote_above != 0) {
    with.vote_above = view{config.vote_above};
  }
  const no_key key;
  epochs group{std::move(with), self, &key, std::move(journal)};
  std::vector<voting::action> unsaid;
  group.step(std::move(newest), turn<voting::action>{{}, wall_ms{}, unsaid});
  const auto& core = group.core();
  return core.broken().empty() && !core.is_forgetful()
           ? result<void>{}
           : fail(errc::folder_contradicts, core.status().problem);
}

/// The journal of votes, and what it and the ledger say of each other.
void judge_votes_file(const node_config& config, const genesis& from, const peer_id& self,
                      const result<folder_facts>& facts, bool may_judge,
                      std::vector<file_judgement>& out) {
  const auto path = config.directory / "consensus.journal";
  if (!is_there(path)) {
    return;
  }
  std::vector<voting::consensus_record> votes;
  const auto read = consensus_journal::read(
    path, nullptr, [&](const voting::consensus_record& one) { votes.push_back(one); });
  out.push_back({"consensus.journal", read ? result<void>{} : tl::make_unexpected(read.error())});
  if (read && facts && may_judge) {
    out.push_back({"ledger.log and consensus.journal",
                   judge_votes(config, from, self, std::move(votes), facts->newest)});
  }
}

/// The stored state, or why there is none.
void judge_state_file(const std::filesystem::path& folder, const genesis& from,
                      std::vector<file_judgement>& out) {
  if (is_there(folder / "state.sqlite")) {
    out.push_back({"state.sqlite", state_store::look(folder / "state.sqlite")});
  } else if (is_ready(folder)) {
    out.push_back({"snapshot.ready", {}}); // the next start takes it
  } else if (const auto oldest = notary_files::oldest(folder); oldest && *oldest > height{1}) {
    out.push_back({"state.sqlite", tl::make_unexpected(notary_files::begins_above(*oldest))});
  } else if (oldest && *oldest == height{} && from.continues) {
    out.push_back(
      {"ledger.log", tl::make_unexpected(notary_files::lacks_first_state(*from.continues))});
  }
}

} // namespace

std::vector<file_judgement> judge_files(const node_config& config, const genesis& from,
                                        const peer_id& self, bool runs) {
  const auto& folder = config.directory;
  const auto known = notary_files::look_epochs(folder, from);
  const auto voters = known ? known->voters.newest() : committee_of(from);
  std::vector<file_judgement> out;
  const auto journals = judge_journals(folder, voters, self);
  out.push_back({"journals", journals});
  if (!journals && journals.error().code == errc::file_malformed) {
    return out; // the start goes no further, and who reads the file has less to say
  }
  if (is_there(folder / "epochs.log")) {
    out.push_back({"epochs.log", known ? result<void>{} : tl::make_unexpected(known.error())});
  }
  if (!known) {
    return out;
  }
  const auto facts = notary_files::look(folder, *known, self);
  out.push_back({"ledger.log", facts ? result<void>{} : tl::make_unexpected(facts.error())});
  if (facts && journals && !runs) {
    out.push_back({"ledger.log and notary.journal",
                   judge(*facts, self, voters.has(self) && voters.is_alone())});
  }
  judge_votes_file(config, from, self, facts, voters.has(self) && !runs, out);
  std::error_code none;
  judge_state_file(folder, from, out);
  for (const auto* const name : {"lock", "control.sock"}) {
    if (std::filesystem::is_directory(folder / name, none)) {
      out.push_back({name, fail(errc::file_unreadable,
                                (folder / name).string() + " is a directory; move it away")});
    }
  }
  if (is_there(folder / "peers.sqlite")) {
    out.push_back({"peers.sqlite", peer_store::look(folder / "peers.sqlite")});
  }
  return out;
}

} // namespace caucus
