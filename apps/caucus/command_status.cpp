#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/status_view.hpp"
#include "runtime/commands/strict_json.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

struct status_options {
  std::string config;
  bool as_json = false;
  bool all = false;   ///< mailboxes, also those with nothing to tell
  bool group = false; ///< and all members
  double wait = 0;    ///< seconds; 0: not at all
};

result<std::string> ask_once(const node_access& node, bool patient, bool group) {
  auto client = patient ? control_client::connect(node.config.directory)
                        : control_client::reach(node.config.directory);
  if (!client) {
    return tl::make_unexpected(client.error());
  }
  return client->ask(control_status{group}, std::chrono::seconds{patient ? 3 : 10});
}

/// Asks until all of the node's actors answer.
result<std::string> ask_until_ready(const node_access& node,
                                    std::chrono::duration<double> at_most) {
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    auto told = ask_once(node, true, false);
    const auto status = told ? parse_json(*told).value_or(json{}) : json{};
    if (status.is_object() && status["silent"].empty()) {
      return told;
    }
    if (std::chrono::steady_clock::now() - began >= at_most) {
      return told ? fail(errc::timed_out, "the node in " + node.config.directory.string()
                                            + " is not ready: " + status["silent"].dump()
                                            + " did not answer in time")
                  : told;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

int show_status(const status_options& given) {
  const auto node = open_node(given.config);
  if (!node) {
    return report(node.error());
  }
  auto told = given.wait > 0 ? ask_until_ready(*node, std::chrono::duration<double>{given.wait})
                             : ask_once(*node, false, given.group);
  if (told && given.wait > 0 && given.group) {
    told = ask_once(*node, false, true);
  }
  if (!told) {
    return report(told.error());
  }
  if (given.as_json) {
    print(*told);
    return number(exit_code::ok);
  }
  const auto status = parse_json(*told).value_or(json{});
  if (!status.is_object()) {
    return report({errc::internal, "the node answered something that is no status"});
  }
  const paint with;
  print(given.group ? show_group(status, with) : show_node(status, node->from, given.all, with));
  return number(exit_code::ok);
}

} // namespace

void add_status(CLI::App& to, action& run) {
  const auto given = std::make_shared<status_options>();
  auto* const command = to.add_subcommand("status", "show how a node is");
  add_config_option(*command, given->config, "of the node to ask");
  command->add_flag("--json", given->as_json, "print JSON");
  command->add_flag("--group", given->group, "ask all members how they are, through this node");
  command->add_flag("--all", given->all, "show mailboxes with nothing in them too");
  command->add_option("--wait", given->wait, "seconds to wait until the node is ready")
    ->check(in_range(0.0, 3600.0))
    ->type_name("SECONDS");
  command->footer("--group shows the members' own words: nobody vouches for them.\nExamples:\n"
                  "  caucus status --config net/node0 --group\n"
                  "  caucus status --config net/node0/node.toml\n"
                  "  caucus node --config net/node0 & caucus status --config net/node0 --wait 10");
  command->callback([given, &run] { run = [given] { return show_status(*given); }; });
}

} // namespace caucus::cli
