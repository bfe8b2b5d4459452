#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

struct evidence_options {
  std::string config;
  bool as_json = false;
};

/// Above what a node keeps (notary_config::evidence_max), so that no answer makes this go on for ever.
constexpr std::uint64_t pages_max = 1'024;

/// All pages. Errors: those of the node.
result<json> all_evidence(const node_access& node) {
  auto client = control_client::reach(node.config.directory);
  if (!client) {
    return tl::make_unexpected(client.error());
  }
  auto all = json::array();
  for (std::uint64_t page = 0; page < pages_max; ++page) {
    const auto told = client->ask(control_evidence{all.size()}, std::chrono::seconds{10});
    if (!told) {
      return tl::make_unexpected(told.error());
    }
    const auto answer = parse_json(*told).value_or(json{});
    if (!answer.is_object() || !answer.contains("evidence") || !answer["evidence"].is_array()) {
      return fail(errc::internal, "the node answered something that is no evidence");
    }
    for (const auto& one : answer["evidence"]) {
      all.push_back(one);
    }
    if (answer["evidence"].empty() || all.size() >= answer.value("count", std::uint64_t{0})) {
      break;
    }
  }
  return all;
}

std::string line_of(const json& one, const paint& with) {
  const auto peer = one.value("peer", "").substr(0, short_name_size);
  const auto name = one.value("member", json{});
  const auto who = name.is_string() ? harmless(name.get<std::string>()) + " (" + peer + ")"
                                    : peer + ", no member,";
  return with.red(harmless(who)) + " "
         + wrapped(harmless(one.value("text", "")), width_of(who) + 1, 2) + "\n";
}

int show_evidence(const evidence_options& given) {
  const auto node = open_node(given.config);
  if (!node) {
    return report(node.error());
  }
  const auto all = all_evidence(*node);
  if (!all) {
    return report(all.error());
  }
  if (given.as_json) {
    print(json{{"count", all->size()}, {"evidence", *all}}.dump(-1, ' ', false,
                                                                json::error_handler_t::replace)
          + "\n");
    return number(exit_code::ok);
  }
  const paint with;
  if (all->empty()) {
    print("none: nobody is known to have signed what contradicts itself\n");
    return number(exit_code::ok);
  }
  std::string out;
  for (const auto& one : *all) {
    out += line_of(one, with);
  }
  out += counted(all->size(), "proof", "proofs")
         + "; --json has what was signed. What to do is in operating.md.\n";
  print(out);
  return number(exit_code::ok);
}

} // namespace

void add_evidence(CLI::App& to, action& run) {
  const auto given = std::make_shared<evidence_options>();
  auto* const command = to.add_subcommand("evidence", "show the proofs of lies that a node keeps");
  add_config_option(*command, given->config, "of the node to ask");
  command->add_flag("--json", given->as_json, "print JSON, with what was signed");
  command->footer("A proof is two things that one key signed and that no honest node signs both.\n"
                  "Examples:\n"
                  "  caucus evidence --config net/node0\n"
                  "  caucus evidence --config net/node0 --json");
  command->callback([given, &run] { run = [given] { return show_evidence(*given); }; });
}

} // namespace caucus::cli
