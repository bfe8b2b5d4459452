#include "apps/caucus/init_from.hpp"

#include "actors/notary/rule_set.hpp"
#include "actors/notary/rules.hpp"
#include "actors/notary/rules_name.hpp"
#include "actors/notary/snapshot_file.hpp"
#include "actors/survivors.hpp"
#include "apps/caucus/network_files.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/words.hpp"
#include "apps/caucus/work_line.hpp"
#include "messages/committee.hpp"
#include "messages/try.hpp"
#include "runtime/archive/signing.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/shell_word.hpp"
#include "runtime/base/text.hpp"
#include "runtime/clock.hpp"
#include "runtime/directory_lock.hpp"
#include "runtime/file.hpp"
#include "runtime/folder_network.hpp"
#include "runtime/genesis_file.hpp"
#include "runtime/identity.hpp"
#include "runtime/variables/rules_text.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace caucus::cli {

namespace {

namespace fs = std::filesystem;

struct open_survivors {
  genesis from;
  network_id network;
  std::vector<survivor> all;
};

/// Takes no lock, as it is somebody's evidence: nothing is written there.
result<void> judge_free(const fs::path& folder, const continuation_plan& plan,
                        const open_survivors& so_far) {
  CAUCUS_TRY(const auto holder, directory_lock::holder(folder));
  if (holder) {
    return fail(errc::in_use, folder.string() + " is in use by process " + std::to_string(*holder)
                                + ": stop its node first");
  }
  std::error_code none;
  if (fs::equivalent(folder, plan.directory, none)) {
    return fail(errc::bad_request, "DIR is " + plan.directory.string()
                                     + ", which is one of --from: choose a new folder");
  }
  for (const auto& one : so_far.all) {
    if (fs::equivalent(folder, one.folder, none)) {
      return fail(errc::bad_request, "--from: " + folder.string() + " is given twice");
    }
  }
  return {};
}

result<void> add_survivor(const std::string& given, const continuation_plan& plan,
                          open_survivors& to) {
  if (given.empty()) {
    return fail(errc::bad_request, "--from needs folders: give those of the nodes that are left");
  }
  CAUCUS_TRY(auto node, open_node(given));
  if (has_own_rules(node.genesis) && !has_rules_of(node.genesis)) {
    return fail(errc::bad_request,
                given
                  + " is of a network with rules of its own in C++, which are needed to go on: "
                    "do it with the program that has them, by its `init`");
  }
  CAUCUS_TRY(const auto network, network_with(node, {}));
  if (to.all.empty()) {
    to.from = std::move(node.genesis);
    to.network = network;
  } else if (network != to.network) {
    return fail(errc::wrong_network,
                given + " is of another network than the first folder: give those of one network");
  }
  const auto& folder = node.config.directory;
  CAUCUS_TRY_VOID(judge_folder(folder, network));
  CAUCUS_TRY_VOID(judge_free(folder, plan, to));
  const auto key = load_identity(node.config.identity);
  to.all.push_back({folder, key ? std::optional{key->id()} : std::nullopt});
  return {};
}

struct made_network {
  newest_state after;
  continued made;
  snapshot_facts state;
  network_id network;
};

result<made_network> make(const continuation_plan& plan, const open_survivors& left) {
  const auto genesis_file = plan.directory / "genesis.toml";
  const auto state_file = plan.directory / "state.snapshot";
  CAUCUS_TRY_VOID(must_be_free(genesis_file));
  CAUCUS_TRY_VOID(must_be_free(state_file));
  CAUCUS_TRY(const auto compiled, compile_rules(left.from, own().own_rules()));
  const work_line progress;
  CAUCUS_TRY(auto after, newest_of(left.all, {&left.from, left.network, compiled, verify},
                                   [&](const fs::path& folder, height done) {
                                     return progress.say("reading " + folder.string() + ", block "
                                                         + grouped(done.value()));
                                   }));
  CAUCUS_TRY(auto made, continue_with(after, left.from, left.network, plan.members, system_now()));
  if (const auto& first = compiled->declared()->code; first && is_rules_name(first->name)) {
    made.from.rules = first;
  }
  CAUCUS_TRY_VOID(parse_genesis(print_genesis(made.from), genesis_file.string()));
  CAUCUS_TRY_VOID(make_folder(plan.directory));
  const auto network = network_id_of(made.from, own().own_rules());
  CAUCUS_TRY(const auto state,
             save_first_state(std::move(made.entries), after.tip.mutations_so_far,
                              {&made.from, network, verify}, state_file,
                              [&](std::uint64_t done, std::uint64_t all) {
                                return progress.say("saving " + grouped(done) + " of "
                                                    + counted(all, "entry", "entries"));
                              }));
  if (const auto written = write_new_file(genesis_file, print_genesis(made.from)); !written) {
    std::error_code none;
    fs::remove(state_file, none);
    return tl::make_unexpected(written.error());
  }
  return made_network{std::move(after), std::move(made), state, network};
}

/// What the people who decide this should know, worst first.
std::vector<std::string> doubts_of(const made_network& of) {
  const auto& voters = *of.after.tip.voters;
  const auto missing = voters.size() - of.after.survivors;
  std::vector<std::string> out;
  if (of.after.may_lack) {
    out.push_back("the folders here tell what " + std::to_string(of.after.survivors) + " of "
                  + counted(voters.size(), "member", "members")
                  + " signed: what was decided last may be known to the others alone, and is gone "
                    "then. With "
                  + std::to_string(voters.size() - voters.quorum() + 1) + " it would be here");
  }
  if (missing <= voters.liars()) {
    out.push_back("no more than " + std::to_string(voters.liars()) + " of "
                  + counted(voters.size(), "member", "members")
                  + " are missing: the group may go on by itself, and `" + typed("group replace")
                  + "` gives it a new member. Do not let both networks run on");
  }
  for (const auto& one : of.after.remarks) {
    out.push_back(one);
  }
  return out;
}

void tell_json(const continuation_plan& plan, const open_survivors& left, const made_network& of) {
  const auto& from = *of.made.from.continues;
  nlohmann::ordered_json out{{"genesis", (plan.directory / "genesis.toml").string()},
                             {"state", (plan.directory / "state.snapshot").string()},
                             {"network", to_hex(of.network.view())},
                             {"continues",
                              {{"network", to_hex(left.network.view())},
                               {"height", from.height.value()},
                               {"last", to_hex(from.last.view())},
                               {"state_root", to_hex(from.state_root.view())}}},
                             {"final_to", of.after.ledger_end.value()},
                             {"entries", of.state.entries},
                             {"members", nlohmann::ordered_json::array()},
                             {"warnings", doubts_of(of)}};
  for (const auto& one : plan.members) {
    out["members"].push_back(
      {{"name", one.name}, {"peer_id", to_text(one.peer)}, {"address", one.address}});
  }
  print(out.dump() + "\n");
}

void tell(const continuation_plan& plan, const open_survivors& left, const made_network& of) {
  const paint with;
  const auto genesis_file = plan.directory / "genesis.toml";
  const auto state_file = plan.directory / "state.snapshot";
  const auto& from = *of.made.from.continues;
  const auto above = from.height.value() - of.after.ledger_end.value();
  std::string all = "  network " + to_hex(of.network.view()) + ", which goes on from\n          "
                    + to_hex(left.network.view()) + " behind block " + grouped(from.height.value())
                    + "\n  ledger  of " + of.after.folder.string() + ", to block "
                    + grouped(of.after.ledger_end.value())
                    + (above == 0 ? ""
                                  : ", and above it " + counted(above, "block", "blocks")
                                      + " that a quorum had notarized")
                    + "\n  state   " + to_hex(from.state_root.view()) + "\n";
  for (const auto& one : plan.members) {
    all += "  " + one.name + "  " + one.address + "  " + to_text(one.peer) + "\n";
  }
  print("made " + genesis_file.string() + " and " + state_file.string() + ", "
        + counted(of.state.entries, "entry", "entries") + " in "
        + counted(of.state.size, "byte", "bytes")
        + "; nothing in them is secret but what is in the state\n" + with.dim(all));
  for (const auto& one : doubts_of(of)) {
    warn_of(one, {});
  }
  print("\n" + with.bold("next") + ", each owner with these two files and a key\n  "
        + typed("init node --genesis ") + shell_word(genesis_file.string())
        + " --identity my.key\n  " + typed("snapshot load ") + shell_word(state_file.string())
        + " node\n  " + typed("node --config node") + "\n");
}

} // namespace

int init_from(const continuation_plan& plan) {
  open_survivors left;
  for (const auto& one : plan.survivors) {
    if (const auto added = add_survivor(one, plan, left); !added) {
      return report(added.error());
    }
  }
  const auto made = make(plan, left);
  if (!made) {
    return report(made.error());
  }
  if (plan.as_json) {
    tell_json(plan, left, *made);
  } else {
    tell(plan, left, *made);
  }
  return number(exit_code::ok);
}

} // namespace caucus::cli
