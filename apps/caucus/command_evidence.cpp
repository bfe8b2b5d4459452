#include "apps/caucus/control_client.hpp"
#include "apps/caucus/declared.hpp"
#include "apps/caucus/output.hpp"
#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/strict_json.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// Above what a node keeps (notary_config::evidence_max), so that no answer makes this go on for ever.
constexpr std::uint64_t pages_max = 1'024;

/// All pages. Errors: those of the node.
result<json> all_evidence(const node_access& node) {
  CAUCUS_TRY(auto client, control_client::reach(node.config.directory));
  auto all = json::array();
  for (std::uint64_t page = 0; page < pages_max; ++page) {
    const auto asked = command_of(control_evidence{all.size()});
    CAUCUS_TRY(const auto told, client.ask(asked, longest_wait(asked)));
    const auto answer = parse_json(told).value_or(json{});
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

result<int> show_evidence(const asked_line& line) {
  CAUCUS_TRY(const auto all, all_evidence(line.node));
  if (line.as_json) {
    print(json{{"count", all.size()}, {"evidence", all}}.dump(-1, ' ', false,
                                                              json::error_handler_t::replace)
          + "\n");
    return number(exit_code::ok);
  }
  const paint with;
  if (all.empty()) {
    print("none: nobody is known to have signed what contradicts itself\n");
    return number(exit_code::ok);
  }
  std::string out;
  for (const auto& one : all) {
    out += line_of(one, with);
  }
  out += counted(all.size(), "proof", "proofs")
         + "; --json has what was signed. What to do is in operating.md.\n";
  print(out);
  return number(exit_code::ok);
}

} // namespace

terminal_view view_of_evidence() {
  return {.facts = &facts_of<control_evidence>(),
          .begin = [](CLI::App& /*to*/) -> line_runner { return show_evidence; },
          .notes =
            "A proof is two things that one key signed and that no honest node signs both.\n",
          .json = "print JSON, with what was signed",
          .filled = "from"};
}

} // namespace caucus::cli
