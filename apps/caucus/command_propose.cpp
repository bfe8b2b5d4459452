#include "actors/notary/answer_check.hpp"
#include "actors/notary/proof_json.hpp"
#include "actors/notary/rules_name.hpp"
#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/words.hpp"
#include "runtime/base/ed25519.hpp"
#include "runtime/base/shell_word.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/commands/strict_json.hpp"
#include "runtime/fresh_nonce.hpp"
#include "runtime/variables/catalog.hpp"
#include "runtime/variables/variable_kinds.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

struct propose_options {
  std::string config;
  std::string variable;
  std::string mutation;
  std::vector<std::string> arguments;
  std::string request_id;
  double timeout = 30;      ///< seconds
  std::string timeout_text; ///< as it was given; empty: it was not
  bool as_json = false;
};

/// The command that asks what became of it.
std::string again_with_its_id(const propose_options& given, const control_propose& asked) {
  std::string again = typed("propose --config ") + shell_word(given.config) + " --request-id "
                      + asked.request_id
                      + (given.timeout_text.empty() ? "" : " --timeout " + given.timeout_text) + " "
                      + shell_word(asked.variable) + " " + shell_word(asked.operation);
  for (const auto& word : given.arguments) {
    again += " " + shell_word(word);
  }
  return again;
}

int tell_unknown(const propose_options& given, const control_propose& asked, const error& why) {
  if (given.as_json) {
    print(
      json{{"status", "unknown"}, {"reason", why.detail}, {"request_id", asked.request_id}}.dump()
      + "\n");
  }
  const int code =
    report({errc::outcome_unknown,
            "the outcome is unknown: it may or may not be applied ("
              + (why.detail.empty() ? std::string{to_string(why.code)} : why.detail) + ")"},
           "ask again with the same request id; it is applied once at most:\n          "
             + again_with_its_id(given, asked));
  return why.code == errc::cancelled ? number(exit_code::interrupted) : code;
}

/// Whoever reads the output does not know it, and may not take it for what failed.
int tell_unwritten(const propose_options& given, const control_propose& asked, const json& told) {
  static_cast<void>(
    report({errc::io_failed, "it was " + told["status"].get<std::string>() + " at height "
                               + told["height"].dump() + ", index " + told["index"].dump()
                               + ", but that cannot be written"},
           "ask again with the same request id, which applies nothing twice:\n          "
             + again_with_its_id(given, asked)));
  return number(exit_code::unknown);
}

/// What was proposed lies in the state, or in the log alone.
std::string how_to_read(const genesis& from, const std::string& config,
                        const control_propose& asked, std::uint64_t at, const std::string& rules) {
  const catalog names{from};
  const auto id = names.find(asked.variable);
  if (id && kind_of(names.at(*id)->kind).head == kind_head::nothing) {
    return typed("log --config ") + shell_word(config) + " --from " + std::to_string(at);
  }
  return typed("get --config ") + shell_word(config)
         + (rules.empty() || has_rules_of(from) ? " " : " --rules " + shell_word(rules) + " ")
         + asked.variable + " --at-least " + std::to_string(at + 1);
}

/// The name and version of the rules that the node runs with; "": it has none, or does not say.
std::string rules_of(control_client& node, const genesis& from) {
  const auto told = has_own_rules(from) ? node.ask(control_status{}, std::chrono::seconds{3})
                                        : result<std::string>{std::string{}};
  const auto status = told ? parse_json(*told).value_or(json{}) : json{};
  return status.is_object() && status["rules"].is_string() ? status["rules"].get<std::string>()
                                                           : std::string{};
}

/// What the node gave as the proof of what it told, if it holds and is of the same receipt.
result<json> checked_proof(const json& told, const std::string& text, const node_access& node,
                           control_client& client) {
  const auto proof = receipt_from_json(text);
  if (!proof) {
    return tl::make_unexpected(proof.error());
  }
  const auto network = network_with(node, rules_of(client, node.from));
  if (!network) {
    return tl::make_unexpected(network.error());
  }
  if (const auto holds = verify_receipt(node.from, *network, *proof, caucus::verify); !holds) {
    return tl::make_unexpected(holds.error());
  }
  if (const auto same = same_as_json(*proof, text); !same) {
    return tl::make_unexpected(same.error());
  }
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
  const auto at_most =
    std::chrono::ceil<std::chrono::milliseconds>(wanted.timeout) + std::chrono::seconds{5};
  const auto text = client.ask(wanted, at_most);
  if (!text) {
    return tl::make_unexpected(text.error());
  }
  auto out = checked_proof(told, *text, node, client);
  if (!out) {
    return fail(errc::bad_proof, "the one that it gave does not hold: " + to_string(out.error()));
  }
  return out;
}

/// With the proof if it can be had. What became of the mutation is known without, and may not be told as
/// unknown; but that it is the node's word alone is said.
int tell_as_json(const propose_options& given, const json& told, const control_propose& asked,
                 const node_access& node, control_client& client) {
  const auto proven = with_proof(told, asked, node, client);
  const bool applied = told["status"] == "applied";
  auto out = proven ? *proven : told;
  out["request_id"] = asked.request_id;
  if (!print(out.dump() + "\n")) {
    return tell_unwritten(given, asked, told);
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

int tell_receipt(const propose_options& given, const node_access& node,
                 const control_propose& asked, const std::string& text, control_client& client) {
  auto told = parse_json(text).value_or(json{});
  if (!told.is_object() || !told["height"].is_number_unsigned()
      || !told["index"].is_number_unsigned() || !told["status"].is_string()) {
    return report({errc::internal, "the node answered something that is no receipt: "
                                     + harmless(text.substr(0, 200))});
  }
  const bool applied = told["status"] == "applied";
  const auto height = told["height"].get<std::uint64_t>();
  if (given.as_json) {
    return tell_as_json(given, told, asked, node, client);
  }
  const paint with;
  const auto place = "height " + std::to_string(height) + ", index " + told["index"].dump();
  const auto words = applied ? with.green("applied") + " at " + place + "\n"
                                 + with.dim("read it: "
                                            + how_to_read(node.from, given.config, asked, height,
                                                          rules_of(client, node.from)))
                             : with.yellow("refused") + " by the group at " + place + ": "
                                 + harmless(told["reason"].get<std::string>());
  if (!print(words + "\n")) {
    return tell_unwritten(given, asked, told);
  }
  return number(applied ? exit_code::ok : exit_code::refused);
}

int propose(const propose_options& given) {
  control_propose asked;
  for (const auto& word : given.arguments) {
    auto argument = bytes_of_word(word, "argument " + std::to_string(asked.arguments.size() + 1));
    if (!argument) {
      return report(argument.error());
    }
    asked.arguments.push_back(std::move(*argument));
  }
  const auto node = open_node(given.config);
  if (!node) {
    return report(node.error());
  }
  asked.variable = given.variable;
  asked.operation = given.mutation;
  asked.request_id = given.request_id.empty() ? make_request_id() : given.request_id;
  asked.timeout = std::chrono::microseconds{static_cast<std::int64_t>(given.timeout * 1e6)};
  auto client = control_client::reach(node->config.directory);
  if (!client) {
    return report(client.error());
  }
  client->heed_interrupts();
  // The node answers in its own time; we wait a little longer.
  const auto at_most =
    std::chrono::ceil<std::chrono::milliseconds>(asked.timeout) + std::chrono::seconds{5};
  const auto told = client->ask(asked, at_most);
  if (told) {
    return tell_receipt(given, *node, asked, *told, *client);
  }
  const bool sent_in_vain =
    told.error().code == errc::node_unreachable || told.error().code == errc::outcome_unknown
    || told.error().code == errc::timed_out || told.error().code == errc::cancelled;
  return sent_in_vain ? tell_unknown(given, asked, told.error()) : report(told.error());
}

} // namespace

void add_propose(CLI::App& to, action& run) {
  const auto given = std::make_shared<propose_options>();
  auto* const command = to.add_subcommand("propose", "propose a mutation and wait for its receipt");
  add_config_option(*command, given->config, "of the node to ask");
  command->add_option("VARIABLE", given->variable, "as the genesis names it")
    ->required()
    ->type_name("VARIABLE");
  command->add_option("MUTATION", given->mutation, "what to do with it")
    ->required()
    ->type_name("MUTATION");
  command->add_option("ARG", given->arguments,
                      "its arguments; may begin with a dash; @FILE, hex:00ff: bytes");
  command
    ->add_option("--request-id", given->request_id,
                 "applied once however often this node is asked; made if left out")
    ->check([](const std::string& text) {
      return !text.empty() && text.size() <= request_id_size_max && is_utf8(text)
               ? std::string{}
               : std::string{"1 to 64 bytes of UTF-8"};
    });
  const auto* const timeout =
    command->add_option("--timeout", given->timeout, "seconds to wait for the receipt")
      ->check(in_range(0.001, 3'600.0))
      ->capture_default_str();
  command->add_flag(
    "--json", given->as_json,
    "print the receipt as JSON, with its proof for `verify`, for which it waits as long again");
  command->footer(
    "Exit code 0: applied; 3: refused by a rule; 4: unknown, retry with its id.\n"
    "A request id is applied once for each node that signs it: retry through the same "
    "node. Ctrl-C does not take a proposal back: it too leaves the outcome unknown.\n"
    "text:... is that text, whatever it begins with. --json waits for the proof as long "
    "again; where none comes, the receipt is the node's word, and stderr says so.\n"
    "Examples:\n  caucus propose --config net/node0/node.toml score add 5\n"
    "  caucus propose --config net/node1/node.toml tags insert blue --json");
  command->callback([given, timeout, &run] {
    given->timeout_text = timeout->count() > 0 ? timeout->results().front() : "";
    run = [given] { return propose(*given); };
  });
}

} // namespace caucus::cli
