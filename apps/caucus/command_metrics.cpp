#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace caucus::cli {

namespace {

int show_metrics(const std::string& config) {
  const auto node = open_node(config);
  if (!node) {
    return report(node.error());
  }
  auto client = control_client::reach(node->config.directory);
  if (!client) {
    return report(client.error());
  }
  const auto told = client->ask(control_metrics{}, std::chrono::seconds{10});
  if (!told) {
    return report(told.error());
  }
  print(*told);
  return number(exit_code::ok);
}

} // namespace

void add_metrics(CLI::App& to, action& run) {
  const auto config = std::make_shared<std::string>();
  auto* const command =
    to.add_subcommand("metrics", "show a node's numbers in Prometheus' text format");
  add_config_option(*command, *config, "of the node to ask");
  command->footer(
    "Examples:\n"
    "  caucus metrics --config net/node0/node.toml\n"
    "  curl -s --unix-socket net/node0/control.sock http://node/metrics\n"
    "For Prometheus' node_exporter, from a timer, in its folder of text files:\n"
    "  caucus metrics --config net/node0 > caucus.prom.new && mv caucus.prom.new caucus.prom");
  command->callback([config, &run] { run = [config] { return show_metrics(*config); }; });
}

} // namespace caucus::cli
