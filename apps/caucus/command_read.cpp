#include "actors/notary/answer_check.hpp"
#include "actors/notary/proof_json.hpp"
#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/declared.hpp"
#include "apps/caucus/epochs_check.hpp"
#include "apps/caucus/fresh_check.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/seen_height.hpp"
#include "apps/caucus/words.hpp"
#include "messages/committee.hpp"
#include "messages/try.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/text.hpp"
#include "runtime/clock.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/file.hpp"
#include "runtime/fresh_nonce.hpp"
#include "runtime/identity.hpp"
#include "runtime/log.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// 64 MiB: 256 entries of the largest values, as hex, with their proofs.
constexpr std::size_t answer_file_size_max = 64 * 1024 * 1024;
/// A node that lives says its version at once; one that is stopped, or gave up, never will.
constexpr std::chrono::seconds answer_time_max{10};

struct verify_options {
  std::string genesis;
  std::string file;
  std::string rules;      ///< NAME:VERSION; empty: none
  std::string nonce;      ///< hex; empty: any
  std::string checkpoint; ///< a file; empty: none
  bool as_json = false;
};

// -- showing ---------------------------------------------------------------------------------------

/// `key`: that was read, null if it was no single one.
std::string absent(const verified_answer& proven, const json& key) {
  if (kind_of(proven.kind).head == kind_head::number) {
    return std::to_string(proven.initial) + " (never written)\n";
  }
  // A key may have got the node's own id in front, and another's entry is under another's.
  return key.is_null() ? "(absent)\n" : "(absent: " + shown_word(key) + ")\n";
}

std::string age_of(wall_ms time) {
  const auto age = system_now() - time;
  const auto seconds = std::chrono::duration<double>(age).count();
  char text[64];
  if (seconds < 0) {
    return "dated in the future of this clock";
  }
  if (seconds < 120) {
    static_cast<void>(std::snprintf(text, sizeof text, "%.1f s old", seconds));
  } else if (seconds < 7'200) {
    static_cast<void>(std::snprintf(text, sizeof text, "%.0f min old", seconds / 60));
  } else {
    static_cast<void>(std::snprintf(text, sizeof text, "%.1f h old", seconds / 3'600));
  }
  return text;
}

void show(const known_network& network, const answer& what, const verified_answer& proven,
          const std::optional<freshness>& fresh) {
  const auto shown = answer_value(network.genesis, what);
  std::string out;
  const auto& value = shown["value"];
  if (!proven.whole) {
    out = value.is_null() ? absent(proven, shown.value("key", json{})) : shown_line(value) + "\n";
  } else if (value.is_object()) {
    for (const auto& [key, one] : value.items()) {
      out += shown_word(key) + " = " + shown_line(one) + "\n";
    }
  } else {
    for (const auto& one : value) {
      out +=
        (one.is_array() ? shown_word(one[0]) + " = " + shown_line(one[1]) : shown_word(one)) + "\n";
    }
  }
  if (out.empty()) {
    out = "(no entries)\n";
  }
  const paint with;
  const auto in = what.header.epoch;
  const auto* const voters = network.epochs.voters.of(in); // it was verified by them
  out +=
    with.dim("proven at height " + std::to_string(proven.height.value())
             + (in == first_epoch ? std::string{} : ", epoch " + std::to_string(in.value()))
             + ", certified by " + shown["signers"].dump() + " of " + std::to_string(voters->size())
             + ", " + age_of(proven.time) + (fresh ? ", " + fresh_words(network, *fresh) : ""))
    + "\n";
  print(out);
}

// -- get -------------------------------------------------------------------------------------------

/// What the node was asked for, as it is stored: the node's id is in front of a key where writers have own entries,
/// as the answer shows or the genesis says.
result<read_request> as_stored(const node_access& node, const control_get& asked,
                               const answer& told) {
  auto out = asked.request();
  const auto variable = variable_shown(node.genesis, told);
  if (asked.key && variable && variable->declared.writers == writers::own_entries) {
    CAUCUS_TRY(const auto self, load_identity(node.config.identity));
    out.key = command_detail::bytes_of(
      stored_key(variable->declared, self.id(), command_detail::text_of(*asked.key)));
  }
  return out;
}

/// A node that did not get to what was seen before is behind, set back, or lies.
error behind(height seen) {
  return {errc::stale_answer, "the node has no answer of height " + std::to_string(seen.value())
                                + " or above, which was seen here before: it lags behind, was set "
                                  "back, or holds something from you"};
}

/// Empty: none is given. Error: bad_request.
result<std::optional<fresh_nonce>> nonce_in(const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const auto out = nonce_from_text(text);
  return out ? result<std::optional<fresh_nonce>>{*out} : tl::make_unexpected(out.error());
}

/// For the reads to come. `seen`: what was kept of those before, which this one was held against.
void remember(const node_access& node, const result<height>& seen, height at) {
  const auto kept = raise_seen_height(node.config.directory, node.network, at);
  if (!kept) {
    warn_of(kept.error().detail,
            "the height seen is not kept, so that an older answer is not noticed: let this user "
            "read and write the file, or move it away");
  } else if (!seen) {
    warn_of(seen.error().detail,
            "whether this answer is older than one that was seen before, nobody can "
            "say; it is written anew with this one's height, "
              + std::to_string(at.value()));
  }
}

/// `seen_at`: no older answer is wanted.
control_get question_of(const asked_line& line, height seen_at) {
  auto out = *line.asked.as<control_get>();
  out.height_min = std::max(out.height_min, seen_at);
  if (out.fresh && out.nonce.is_zero()) {
    out.nonce = make_fresh_nonce();
  }
  return out;
}

/// Too late for a height that was seen here, and that nobody asked for: the node may be behind.
error why_no_answer(const error& told, height seen_at, height asked_for) {
  const bool late = told.code == errc::timed_out || told.code == errc::not_yet;
  return late && seen_at > asked_for ? behind(seen_at) : told;
}

result<int> get(const asked_line& line, const std::string& rules) {
  auto node = line.node;
  CAUCUS_TRY(node.network, network_with(node, rules));
  const auto seen = seen_height(node.config.directory, node.network);
  const auto seen_at = seen.value_or(height{});
  const auto asked = question_of(line, seen_at);
  const auto patience = std::chrono::ceil<std::chrono::milliseconds>(asked.timeout);
  CAUCUS_TRY(auto client,
             control_client::reach_alive(node.config.directory, std::min<std::chrono::milliseconds>(
                                                                  patience, answer_time_max)));
  const auto told = client.ask(asked, longest_wait(line.asked));
  if (!told) {
    return tl::make_unexpected(
      why_no_answer(told.error(), seen_at, line.asked.as<control_get>()->height_min));
  }
  CAUCUS_TRY(const auto got, answer_from_json(*told));
  known_network known{node.genesis, node.network};
  const auto epochs = learn_epochs(known, *told, client);
  const auto proven =
    epochs ? verify_answer(known.genesis, known.epochs.voters, known.network, got, caucus::verify)
           : tl::make_unexpected(epochs.error());
  const auto wanted = proven ? as_stored(node, asked, got) : tl::make_unexpected(proven.error());
  const auto fitting =
    wanted ? judge_answer(*wanted, *proven) : tl::make_unexpected(wanted.error());
  const auto fresh = fitting ? check_fresh(known, got, *told,
                                           asked.fresh ? std::optional{asked.nonce} : std::nullopt)
                             : tl::make_unexpected(fitting.error());
  if (!fresh) {
    return report({fresh.error().code, harmless(to_string(fresh.error()))},
                  "nothing is printed: do not trust this node");
  }
  remember(node, seen, proven->height);
  if (line.as_json) {
    print(answer_json(node.genesis, got, *fresh ? &**fresh : nullptr, &known.epochs) + "\n");
  } else {
    show(known, got, *proven, *fresh);
  }
  return number(exit_code::ok);
}

// -- verify ----------------------------------------------------------------------------------------

result<std::string> read_answer(const std::string& file) {
  if (file != "-") {
    return read_file(file, {.name = "the answer",
                            .make_one = "`caucus get --json` prints one",
                            .size_max = answer_file_size_max});
  }
  std::string out;
  std::array<char, 64 * 1024> piece{};
  while (const auto got = std::fread(piece.data(), 1, piece.size(), stdin)) {
    out.append(piece.data(), got);
    if (out.size() > answer_file_size_max) {
      return fail(errc::too_long, "stdin holds more than any answer");
    }
  }
  return std::ferror(stdin) == 0 ? result<std::string>{out}
                                 : fail(errc::io_failed, "cannot read stdin");
}

/// Whatever it is that was given, no node said it so.
error no_answer(const std::string& name, const error& why) {
  const auto what = why.detail.empty()
                      ? "what it holds cannot be read (" + std::string{to_string(why.code)} + ")"
                      : harmless(why.detail);
  constexpr std::string_view question = "is this what ";
  return {errc::bad_proof,
          name + ": " + what
            + (what.find(question) == std::string::npos
                 ? ": " + std::string{question}
                     + "`propose --json` or `get --json` printed, one answer, unchanged?"
                 : "")};
}

/// What does not hold. The genesis given may as well be the wrong one, where the members or names of
/// another would have made it hold.
error does_not_hold(const std::string& name, const error& why, const std::string& rules) {
  const bool foreign = why.code == errc::bad_certificate || why.code == errc::unknown_variable
                       || why.code == errc::wrong_group;
  return {errc::bad_proof,
          name + " does not hold: " + harmless(to_string(why))
            + (foreign
                 ? ": of another network, "
                     + (rules.empty() ? "" : "rules other than " + rules + ", ") + "or altered"
                 : "")};
}

int verify_receipt_text(const verify_options& given, const known_network& network,
                        const std::string& name, const std::string& text) {
  if (!given.nonce.empty()) {
    return report({errc::bad_proof, name + " is a receipt, and receipts are of no nonce"});
  }
  const auto got = receipt_from_json(text);
  if (!got) {
    return report(no_answer(name, got.error()));
  }
  if (const auto holds = verify_receipt(network.genesis, network.epochs.voters, network.network,
                                        *got, caucus::verify);
      !holds) {
    return report(does_not_hold(name, holds.error(), given.rules));
  }
  if (const auto same = same_as_json(*got, text); !same) {
    return report({errc::bad_proof, name + " was altered: " + harmless(same.error().detail)});
  }
  if (given.as_json) {
    auto out = receipt_value(*got, &network.epochs);
    out.erase("receipt");
    out.erase("epochs");
    out["verified"] = true;
    print(print_json(std::move(out)) + "\n");
    return number(exit_code::ok);
  }
  const paint with;
  const auto& what = got->receipt;
  print(with.green("verified") + " " + (what.applied() ? "applied" : "refused") + " at height "
        + std::to_string(what.height.value()) + ", index " + std::to_string(what.index)
        + (what.applied() ? "" : ": " + harmless(what.reason))
        + with.dim("  which mutation that is, the log tells: " + typed("log --from ")
                   + std::to_string(what.height.value()))
        + "\n");
  return number(exit_code::ok);
}

result<committee> checkpoint_in(const std::string& file, const network_id& network) {
  CAUCUS_TRY(const auto text, read_file(file, {.name = "the checkpoint",
                                               .make_one = "`caucus checkpoint --json` prints one",
                                               .size_max = answer_file_size_max}));
  return read_checkpoint(text, file, network);
}

/// What the answer is held against.
result<known_network> network_of(const verify_options& given) {
  CAUCUS_TRY(auto network, open_genesis(given.genesis));
  CAUCUS_TRY(const auto id, network_with(network.genesis, given.rules));
  network.network = id;
  if (!given.checkpoint.empty()) {
    CAUCUS_TRY(auto voters, checkpoint_in(given.checkpoint, id));
    network.epochs = {committees{std::make_shared<const committee>(std::move(voters))}, {}};
  }
  return network;
}

void tell_verified(const verify_options& given, const known_network& network, const answer& got,
                   const verified_answer& proven, const std::optional<freshness>& fresh) {
  if (given.as_json) {
    auto out = answer_value(network.genesis, got, fresh ? &*fresh : nullptr, &network.epochs);
    out.erase("answer");
    out.erase("epochs");
    out["epoch"] = got.header.epoch.value();
    if (fresh) {
      out["fresh"].erase("proof");
    }
    out["verified"] = true;
    out["age_ms"] = (system_now() - proven.time).count();
    print(print_json(std::move(out)) + "\n");
    return;
  }
  const paint with;
  const auto& key = proven.entries.front().key;
  const auto newest =
    fresh ? "  nothing is missing that was acknowledged before the nonce "
              + to_hex(fresh->nonce.view()) + " was made"
          : std::string{"  it was certified; whether it is the newest, only a new read can tell"};
  print(with.green("verified") + " " + harmless(proven.variable)
        + (key.empty() ? "" : " " + shown_word(bytes_json(key))) + with.dim(newest) + "\n");
  show(network, got, proven, fresh);
}

int verify_file(const verify_options& given) {
  const auto nonce = nonce_in(given.nonce);
  auto network = network_of(given);
  if (!network || !nonce) {
    return report(network ? nonce.error() : network.error());
  }
  const auto name = given.file == "-" ? std::string{"stdin"} : given.file;
  const auto text = read_answer(given.file);
  if (!text) {
    return report(text.error());
  }
  if (const auto known = learn_epochs(*network, *text); !known) {
    return report(known.error().code == errc::file_malformed
                    ? no_answer(name, known.error())
                    : does_not_hold(name, known.error(), given.rules));
  }
  if (tells_receipt(*text)) {
    return verify_receipt_text(given, *network, name, *text);
  }
  const auto got = answer_from_json(*text);
  if (!got) {
    return report(no_answer(name, got.error()));
  }
  const auto proven =
    verify_answer(network->genesis, network->epochs.voters, network->network, *got, caucus::verify);
  if (!proven) {
    return report(does_not_hold(name, proven.error(), given.rules));
  }
  const auto fresh = check_fresh(*network, *got, *text, *nonce);
  if (!fresh) {
    return report(does_not_hold(name, fresh.error(), given.rules));
  }
  if (const auto same =
        same_as_json(network->genesis, *got, *text, *fresh ? &**fresh : nullptr, &network->epochs);
      !same) {
    return report({errc::bad_proof, name + " was altered: " + harmless(same.error().detail)});
  }
  tell_verified(given, *network, *got, *proven, *fresh);
  return number(exit_code::ok);
}

line_runner begin_get(CLI::App& to) {
  const auto rules = std::make_shared<std::string>();
  to.add_option("--rules", *rules, rules_help)->type_name("NAME:VERSION");
  return [rules](const asked_line& line) { return get(line, *rules); };
}

/// A nonce is of a fresh read. A key that is empty is a shell's variable that is not set.
result<void> tidy_get(given_texts& texts) {
  if (const auto key = texts.find("key"); key != texts.end() && key->second.front().empty()) {
    return fail(errc::bad_request, "the key is empty, and keys have at least one byte\n"
                                   "        leave KEY out to read all of "
                                     + quoted_word(texts["variable"].front()));
  }
  if (texts.contains("nonce")) {
    texts["fresh"] = {"1"};
  }
  return {};
}

} // namespace

terminal_view view_of_get() {
  return {.facts = &facts_of<control_get>(),
          .begin = begin_get,
          .notes =
            "Nothing is believed: the answer is checked here, with the genesis alone, and is "
            "never older than one that was seen before (DIRECTORY/seen_height). --fresh needs the "
            "signatures of a quorum of members under a nonce made here, which is checked too.\n",
          .json = "print the whole answer, which `verify` can check",
          .tidy = tidy_get};
}

void add_verify(CLI::App& to, action& run) {
  const auto given = std::make_shared<verify_options>();
  auto* const command = to.add_subcommand("verify", "check a saved answer or receipt, offline");
  command->add_option("--genesis", given->genesis, "of the network")->required()->type_name("FILE");
  command
    ->add_option("ANSWER", given->file,
                 "what `caucus get --json` or `propose --json` printed; -: stdin")
    ->type_name("FILE")
    ->required();
  command->add_option("--rules", given->rules, rules_help)->type_name("NAME:VERSION");
  command
    ->add_option(
      "--checkpoint", given->checkpoint,
      "begin with its members, not the genesis': what `caucus checkpoint --json` of a node that "
      "you trust printed")
    ->type_name("FILE");
  command->add_option("--nonce", given->nonce, "it must be fresh, and for this nonce")
    ->type_name("HEX");
  command->add_flag("--json", given->as_json, "print what is proven as JSON");
  command->footer("Exit code 6: it does not hold. Example:\n"
                  "  caucus verify --genesis net/genesis.toml answer.json\n"
                  "  caucus get --config net/node0 score --json | caucus verify --genesis "
                  "net/genesis.toml -");
  command->callback([given, &run] { run = [given] { return verify_file(*given); }; });
}

} // namespace caucus::cli
