#include "actors/consensus/consensus_journal.hpp"
#include "actors/notary/snapshot_file.hpp"
#include "apps/caucus/commands.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/words.hpp"
#include "apps/caucus/work_line.hpp"
#include "messages/committee.hpp"
#include "messages/try.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/text.hpp"
#include "runtime/directory_lock.hpp"
#include "runtime/folder_network.hpp"
#include "runtime/identity.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace caucus::cli {

namespace {

struct snapshot_options {
  std::string config;
  std::string file;
  std::string rules; ///< NAME:VERSION; empty: none
  bool as_json = false;
};

/// "saving 120,000 of 1,000,000 entries", on a terminal; gone at the end.
class entries_line {
public:
  explicit entries_line(const char* doing) : doing_{doing} {}

  bool operator()(std::uint64_t done, std::uint64_t all) const {
    return line_.say(std::string{doing_} + " " + grouped(done) + " of "
                     + counted(all, "entry", "entries"));
  }

private:
  const char* doing_;
  work_line line_;
};

int tell(const snapshot_options& given, const snapshot_facts& of, const std::string& line) {
  if (given.as_json) {
    print(nlohmann::ordered_json{{"file", given.file},
                                 {"height", of.height.value()},
                                 {"epoch", of.epoch.value()},
                                 {"time_ms", of.time.count()},
                                 {"state_root", to_hex(of.state_root.view())},
                                 {"entries", of.entries},
                                 {"size", of.size}}
            .dump()
          + "\n");
  } else {
    print(line + ": the state of height " + grouped(of.height.value()) + " at "
          + shown_time(of.time.count()) + ", " + counted(of.entries, "entry", "entries") + ", "
          + counted(of.size, "byte", "bytes") + "\n");
  }
  return number(exit_code::ok);
}

struct its_node {
  node_access node;
  network_id network;
};
result<its_node> open_for(const snapshot_options& given) {
  CAUCUS_TRY(auto node, open_node(given.config));
  CAUCUS_TRY(const auto network, network_with(node, given.rules));
  CAUCUS_TRY_VOID(judge_folder(node.config.directory, network));
  return its_node{std::move(node), network};
}

int save(const snapshot_options& given) {
  const auto of = open_for(given);
  if (!of) {
    return report(of.error());
  }
  const auto saved = [&] {
    const entries_line progress{"saving"};
    return save_snapshot(of->node.config.directory, {&of->node.genesis, of->network, verify},
                         given.file, std::cref(progress));
  }();
  return saved ? tell(given, *saved, given.file) : report(saved.error());
}

/// Where a member has no journal it is one that lost it, and asks the others what it may have
/// signed.
result<void> make_votes_journal(const std::filesystem::path& folder) {
  std::error_code none;
  if (std::filesystem::exists(folder / "consensus.journal", none)) {
    return {};
  }
  CAUCUS_TRY_VOID(consensus_journal::open(folder / "consensus.journal", nullptr));
  return {};
}

/// A group of one has nobody to ask what it signed: from an older state, without its journals, it
/// would make another history.
result<void> judge_lone(const node_access& node) {
  const auto voters = committee_of(node.genesis);
  const auto key = load_identity(node.config.identity);
  std::error_code none;
  const auto& folder = node.config.directory;
  if (voters.is_alone() && key && voters.has(key->id())
      && !(std::filesystem::exists(folder / "consensus.journal", none)
           && std::filesystem::exists(folder / "notary.journal", none))) {
    return fail(errc::folder_contradicts,
                folder.string()
                  + " is that of the only member of its group, and lacks its journals: what it "
                    "decided after the snapshot nobody could tell. Put both journals back, or "
                    "load it into a client's folder");
  }
  return {};
}

result<snapshot_facts> load_into(const node_access& node, const network_id& network,
                                 const std::string& file) {
  const auto& folder = node.config.directory;
  CAUCUS_TRY(const auto lock, directory_lock::take(folder));
  const auto lone = judge_lone(node);
  if (!lone && !node.genesis.continues) {
    return tl::make_unexpected(lone.error());
  }
  CAUCUS_TRY_VOID(claim_folder(folder, network));
  CAUCUS_TRY_VOID(make_votes_journal(folder)); // before the ledger, which does not start without
  const entries_line progress{"loading"};
  auto done = load_snapshot(file, {&node.genesis, network, verify}, folder, std::cref(progress),
                            lone ? loadable::any : loadable::first_alone);
  return !done && !lone && done.error().code == errc::folder_contradicts
           ? tl::make_unexpected(lone.error())
           : done;
}

/// A node's folder is made by `init`; what is loaded goes into it.
result<void> judge_target(const std::filesystem::path& given) {
  std::error_code none;
  const bool is_node = std::filesystem::is_directory(given, none)
                         ? std::filesystem::exists(given / "node.toml", none)
                         : std::filesystem::exists(given, none);
  return is_node ? result<void>{}
                 : fail(errc::bad_request,
                        "DIR is " + given.string()
                          + ", which is no node's folder (it has no node.toml): make the node "
                            "first, with `caucus init`");
}

int load(const snapshot_options& given) {
  if (const auto good = judge_target(given.config); !good) {
    return report(good.error());
  }
  const auto of = open_for(given);
  if (!of) {
    return report(of.error());
  }
  const auto loaded = load_into(of->node, of->network, given.file);
  return loaded ? tell(given, *loaded, of->node.config.directory.string()) : report(loaded.error());
}

} // namespace

void add_snapshot(CLI::App& to, action& run) {
  auto* const both =
    to.add_subcommand("snapshot", "save a network's state to a file, or make a folder of one");
  both->require_subcommand(1);
  const auto declare = [&](CLI::App& command, const std::shared_ptr<snapshot_options>& given,
                           const char* file) {
    command.add_option("FILE", given->file, file)->required()->type_name("FILE");
    command.add_option("--rules", given->rules, rules_help)->type_name("NAME:VERSION");
    command.add_flag("--json", given->as_json, "print JSON");
  };

  const auto saving = std::make_shared<snapshot_options>();
  auto* const saves = both->add_subcommand("save", "write a node's state to a file");
  declare(*saves, saving, "where to; must not be there");
  add_config_option(*saves, saving->config, "of the node whose folder is read, running or not");
  saves->footer(
    "The state is checked against the group's certificate first. No key is in the file, "
    "and nothing of what\nthe node signed. Exit code 4: nothing is stored yet. "
    "Example:\n"
    "  caucus snapshot save --config net/node0 monday.snapshot");
  saves->callback([saving, &run] { run = [saving] { return save(*saving); }; });

  const auto loading = std::make_shared<snapshot_options>();
  auto* const loads = both->add_subcommand("load", "make a node's ledger and state of a file");
  declare(*loads, loading, "which `snapshot save` or `init --from` wrote");
  loads->add_option("DIR", loading->config, "folder, or node.toml, of a node that does not run")
    ->required()
    ->type_name("DIR");
  loads->footer(
    "The file is trusted in nothing: its state must be what the group of the node's "
    "genesis certified.\nThe node fetches the blocks behind it, and has none before it. "
    "Journals in the folder stay; a member\nwithout them asks the others how far they "
    "are before it votes. Exit code 6: it is not certified; 2: of another network; 1: damaged, or "
    "the "
    "folder has\na ledger already. Example:\n"
    "  caucus snapshot load monday.snapshot net/node3");
  loads->callback([loading, &run] { run = [loading] { return load(*loading); }; });
}

} // namespace caucus::cli
