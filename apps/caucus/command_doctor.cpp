#include "apps/caucus/commands.hpp"
#include "apps/caucus/doctor.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

struct doctor_options {
  std::string config;
  std::string rules; ///< NAME:VERSION; empty: none
  bool as_json = false;
};

std::string_view word_of(verdict how) {
  switch (how) {
    case verdict::fine: return "ok";
    case verdict::warning: return "warning";
    case verdict::failure: return "failure";
  }
  return "failure";
}

findings examine(const std::string& config, const std::string& rules) {
  findings out;
  const auto node = open_node(config);
  if (!node) {
    out.push_back({"config", verdict::failure, node.error().detail, ""});
    return out;
  }
  const auto* const mode = node->config.mode == node_mode::server ? "server" : "client";
  out.push_back({"config", verdict::fine, config + ", a " + mode});
  out.push_back({"version", verdict::fine, version_line()});
  examine_network(*node, rules, out);
  const auto self = examine_identity(*node, out);
  if (self) {
    examine_membership(*node, *self, out);
  }
  const auto running = find_running(*node);
  examine_folder(*node, self, running.has_value(), out);
  examine_seen(*node, out);
  examine_node(*node, running, out);
  examine_port(*node, running, out);
  examine_clock(*node, running, out);
  examine_disk(*node, out);
  examine_limits(*node, running, out);
  return out;
}

std::string line_of(const finding& one, const paint& with) {
  const auto word = std::string{word_of(one.how)};
  char front[32];
  static_cast<void>(std::snprintf(front, sizeof front, "%-8s", word.c_str()));
  char about[32];
  static_cast<void>(std::snprintf(about, sizeof about, "  %-9s ", one.topic.c_str()));
  const auto coloured = one.how == verdict::fine      ? with.green(front)
                        : one.how == verdict::warning ? with.yellow(front)
                                                      : with.red(front);
  constexpr std::size_t text_column = 20;
  std::string out = coloured + about + wrapped(harmless(one.text), text_column, text_column) + "\n";
  if (!one.remedy.empty()) {
    out += std::string(text_column, ' ')
           + wrapped("-> " + with.bold(harmless(one.remedy)), text_column, text_column + 3) + "\n";
  }
  return out;
}

int run_doctor(const doctor_options& given) {
  const auto all = examine(given.config, given.rules);
  auto worst = verdict::fine;
  for (const auto& one : all) {
    worst = std::max(worst, one.how);
  }
  if (given.as_json) {
    json out{{"verdict", word_of(worst)}, {"checks", json::array()}};
    for (const auto& one : all) {
      out["checks"].push_back({{"about", one.topic},
                               {"verdict", word_of(one.how)},
                               {"text", one.text},
                               {"remedy", one.remedy}});
    }
    print(out.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  } else {
    const paint with;
    std::string out;
    for (const auto& one : all) {
      out += line_of(one, with);
    }
    print(out);
  }
  switch (worst) {
    case verdict::fine: return number(exit_code::ok);
    case verdict::warning: return number(exit_code::warned);
    case verdict::failure: break;
  }
  return number(exit_code::failed);
}

} // namespace

void add_doctor(CLI::App& to, action& run) {
  const auto given = std::make_shared<doctor_options>();
  auto* const command =
    to.add_subcommand("doctor", "look at a node's files and machine, and say what to do");
  add_config_option(*command, given->config, "of the node to look at, running or not");
  command->add_option("--rules", given->rules, rules_help)->type_name("NAME:VERSION");
  command->add_flag("--json", given->as_json, "print JSON");
  command->footer(
    "Changes nothing. Exit codes: 0 all is fine, 1 there are failures, 7 there are warnings only.\n"
    "Examples:\n"
    "  caucus doctor --config net/node0\n"
    "  caucus doctor --config net/node0/node.toml --json\n"
    "  caucus doctor --config net/node0 --rules chess:1");
  command->callback([given, &run] { run = [given] { return run_doctor(*given); }; });
}

} // namespace caucus::cli
