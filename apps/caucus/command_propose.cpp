#include "actors/notary/answer_check.hpp"
#include "actors/notary/proof_json.hpp"
#include "actors/notary/rules_name.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/declared.hpp"
#include "apps/caucus/epochs_check.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/words.hpp"
#include "messages/try.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/shell_word.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/fresh_nonce.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// The command that asks what became of it.
std::string again_with_its_id(const asked_line& line, const control_propose& asked) {
  const auto typed_for = [&line](const char* name) {
    const auto at = line.texts.find(name);
    return at == line.texts.end() ? std::vector<std::string>{} : at->second;
  };
  const auto timeout = typed_for("timeout_ms");
  std::string again = typed("propose --config ") + shell_word(line.config) + " --request-id "
                      + asked.request_id + (timeout.empty() ? "" : " --timeout " + timeout.front())
                      + " " + shell_word(asked.variable) + " " + shell_word(asked.operation);
  for (const auto& word : typed_for("arguments")) {
    again += " " + shell_word(word);
  }
  return again;
}

int tell_unknown(const asked_line& line, const control_propose& asked, const error& why) {
  if (line.as_json) {
    print(
      print_json({{"status", "unknown"}, {"reason", why.detail}, {"request_id", asked.request_id}})
      + "\n");
  }
  const int code =
    report({errc::outcome_unknown,
            "the outcome is unknown: it may or may not be applied ("
              + (why.detail.empty() ? std::string{to_string(why.code)} : why.detail) + ")"},
           "ask again with the same request id; it is applied once at most:\n          "
             + again_with_its_id(line, asked));
  return why.code == errc::cancelled ? number(exit_code::interrupted) : code;
}

/// Whoever reads the output does not know it, and may not take it for what failed.
int tell_unwritten(const asked_line& line, const control_propose& asked, const json& told) {
  static_cast<void>(
    report({errc::io_failed, "it was " + told["status"].get<std::string>() + " at height "
                               + told["height"].dump() + ", index " + told["index"].dump()
                               + ", but that cannot be written"},
           "ask again with the same request id, which applies nothing twice:\n          "
             + again_with_its_id(line, asked)));
  return number(exit_code::unknown);
}

/// What was proposed lies in the state, or in the log alone.
std::string how_to_read(const asked_line& line, const control_propose& asked, std::uint64_t at,
                        const std::string& rules) {
  const auto& from = line.node.genesis;
  const catalog names{from};
  const auto id = names.find(asked.variable);
  if (id && kind_of(names.at(*id)->kind).head == kind_head::nothing) {
    return typed("log --config ") + shell_word(line.config) + " --from " + std::to_string(at);
  }
  return typed("get --config ") + shell_word(line.config)
         + (rules.empty() || has_rules_of(from) ? " " : " --rules " + shell_word(rules) + " ")
         + asked.variable + " --at-least " + std::to_string(at + 1);
}

/// The name and version of the rules that the node runs with; "": it has none, or does not say.
std::string rules_of(control_client& node, const genesis& from) {
  const auto told = has_own_rules(from) ? node.ask(control_status{}, std::chrono::seconds{3})
                                        : result<std::string>{std::string{}};
  const auto status = told ? parse_json(*told).value_or(json{}) : json{};
  const auto& rules = member_of(status, "rules");
  return rules.is_string() ? rules.get<std::string>() : std::string{};
}

/// What the node gave as the proof of what it told, if it holds and is of the same receipt.
result<json> checked_proof(const json& told, const std::string& text, const node_access& node,
                           control_client& client) {
  CAUCUS_TRY(const auto proof, receipt_from_json(text));
  CAUCUS_TRY(const auto network, network_with(node, rules_of(client, node.genesis)));
  known_network known{node.genesis, network};
  CAUCUS_TRY_VOID(learn_epochs(known, text, client));
  CAUCUS_TRY_VOID(
    verify_receipt(known.genesis, known.epochs.voters, network, proof, caucus::verify));
  CAUCUS_TRY_VOID(same_as_json(proof, text));
  auto out = parse_json(text).value();
  for (const auto* const name : {"status", "height", "index"}) {
    if (told.value(name, json{}) != out[name]) {
      return fail(errc::bad_proof, "it is of another \"" + std::string{name} + "\"");
    }
  }
  return out;
}

/// The receipt that was told with its proof, once a block certifies it.
result<json> with_proof(const json& told, const control_propose& asked, const node_access& node,
                        control_client& client) {
  control_receipt wanted;
  wanted.block = height{told.value("height", std::uint64_t{0})};
  wanted.index = told.value("index", std::uint32_t{0});
  wanted.timeout = asked.timeout;
  const auto question = command_of(wanted);
  CAUCUS_TRY(const auto text, client.ask(question, longest_wait(question)));
  auto out = checked_proof(told, text, node, client);
  if (!out) {
    return fail(errc::bad_proof, "the one that it gave does not hold: " + to_string(out.error()));
  }
  return out;
}

/// With the proof if it can be had. What became of the mutation is known without, and may not be told as
/// unknown; but that it is the node's word alone is said.
int tell_as_json(const asked_line& line, const json& told, const control_propose& asked,
                 control_client& client) {
  const auto proven = with_proof(told, asked, line.node, client);
  const bool applied = told["status"] == "applied";
  auto out = proven ? *proven : told;
  out["request_id"] = asked.request_id;
  if (!print(out.dump() + "\n")) {
    return tell_unwritten(line, asked, told);
  }
  if (!proven) {
    static_cast<void>(
      report({proven.error().code, "what is printed is the node's word, without a proof: "
                                     + harmless(to_string(proven.error()))},
             "ask for the proof again: GET /v1/receipt?height=" + told["height"].dump()
               + "&index=" + told["index"].dump()));
    if (proven.error().code == errc::cancelled) {
      return number(exit_code::interrupted);
    }
  }
  return number(applied ? exit_code::ok : exit_code::refused);
}

/// It says what became of a mutation.
bool is_receipt(const json& told) {
  const auto& status = member_of(told, "status");
  return member_of(told, "height").is_number_unsigned()
         && member_of(told, "index").is_number_unsigned()
         && (status == "applied" || (status == "refused" && member_of(told, "reason").is_string()));
}

int tell_receipt(const asked_line& line, const control_propose& asked, const std::string& text,
                 control_client& client) {
  const auto told = parse_json(text).value_or(json{});
  if (!is_receipt(told)) {
    return tell_unknown(line, asked,
                        {errc::internal, "the node answered something that is no receipt: "
                                           + harmless(text.substr(0, 200))});
  }
  const bool applied = told["status"] == "applied";
  const auto height = told["height"].get<std::uint64_t>();
  if (line.as_json) {
    return tell_as_json(line, told, asked, client);
  }
  const paint with;
  const auto place = "height " + std::to_string(height) + ", index " + told["index"].dump();
  const auto words =
    applied ? with.green("applied") + " at " + place + "\n"
                + with.dim("read it: "
                           + how_to_read(line, asked, height, rules_of(client, line.node.genesis)))
            : with.yellow("refused") + " by the group at " + place + ": "
                + harmless(told["reason"].get<std::string>());
  if (!print(words + "\n")) {
    return tell_unwritten(line, asked, told);
  }
  return number(applied ? exit_code::ok : exit_code::refused);
}

result<int> propose(const asked_line& line) {
  auto asked = *line.asked.as<control_propose>();
  if (asked.request_id.empty()) {
    asked.request_id = make_request_id();
  }
  CAUCUS_TRY(auto client, control_client::reach(line.node.config.directory));
  client.heed_interrupts();
  const auto told = client.ask(asked, longest_wait(line.asked));
  if (told) {
    return tell_receipt(line, asked, *told, client);
  }
  constexpr std::array vain{errc::node_unreachable, errc::outcome_unknown, errc::timed_out,
                            errc::cancelled, errc::internal};
  const bool sent_in_vain = std::find(vain.begin(), vain.end(), told.error().code) != vain.end();
  return sent_in_vain ? result<int>{tell_unknown(line, asked, told.error())}
                      : tl::make_unexpected(told.error());
}

} // namespace

terminal_view view_of_propose() {
  return {
    .facts = &facts_of<control_propose>(),
    .begin = [](CLI::App& /*to*/) -> line_runner { return propose; },
    .notes = "A request id is applied once for each node that signs it: retry through the same "
             "node. Ctrl-C does not take a proposal back: it too leaves the outcome unknown.\n"
             "text:... is that text, whatever it begins with. --json waits for the proof as long "
             "again; where none comes, the receipt is the node's word, and stderr says so.\n",
    .json =
      "print the receipt as JSON, with its proof for `verify`, for which it waits as long again"};
}

} // namespace caucus::cli
