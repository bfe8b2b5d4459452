#include "actors/rpc/strict_json.hpp"
#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"

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
  bool all = false; ///< mailboxes, also those with nothing to tell
  double wait = 0;  ///< seconds; 0: not at all
};

std::string text_of(const json& from, const char* name) {
  const auto at = from.find(name);
  if (at == from.end() || at->is_null()) {
    return "-";
  }
  return at->is_string() ? harmless(at->get<std::string>()) : at->dump();
}

std::uint64_t number_of(const json& from, const char* name) {
  const auto at = from.find(name);
  return at != from.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}

std::string row(const char* name, const std::string& value) {
  char out[32];
  static_cast<void>(std::snprintf(out, sizeof out, "  %-12s", name));
  return out + value + "\n";
}

/// Nobody is linked. A node that has just started has linked to none yet; why one that runs for long
/// has not, its numbers do not tell, but its log does.
std::string no_links(const json& status, const genesis& from, const paint& with) {
  if (from.members.size() < 2) {
    return "  none\n";
  }
  const auto refused = number_of(status, "connections_refused");
  return "  " + with.yellow("none yet")
         + (refused == 0 ? "; if it stays so: do the others run? "
                         : "; " + counted(refused, "connection", "connections") + " turned away: ")
         + "the log says why nodes refuse each other\n"
           "  (another genesis, or another version of the rules)\n";
}

std::string links_of(const json& status, const genesis& from, const paint& with) {
  std::string out;
  for (const auto& link : status["links"]) {
    char line[224];
    static_cast<void>(std::snprintf(line, sizeof line, "  %-16s %-7s %-22s %8.1f ms  in %s  out %s",
                                    short_name_of(text_of(link, "peer"), from).c_str(),
                                    text_of(link, "mode").c_str(), text_of(link, "address").c_str(),
                                    link.value("round_trip_ms", 0.0),
                                    grouped(number_of(link, "frames_in")).c_str(),
                                    grouped(number_of(link, "frames_out")).c_str()));
    out += std::string{line} + "\n";
  }
  return out.empty() ? no_links(status, from, with) : out;
}

/// Two dozen empty ones tell nobody anything: those that hold something, or were full, if not `all`.
std::string edges_of(const json& status, bool all) {
  std::string out;
  std::size_t quiet = 0;
  for (const auto& edge : status["edges"]) {
    if (!all
        && number_of(edge, "depth") + number_of(edge, "turned_away") + number_of(edge, "poisoned")
             == 0) {
      ++quiet;
      continue;
    }
    char line[200];
    static_cast<void>(std::snprintf(
      line, sizeof line, "  %-28s -> %-26s %6s of %-6s %12s passed", text_of(edge, "from").c_str(),
      text_of(edge, "to").c_str(), text_of(edge, "depth").c_str(),
      text_of(edge, "capacity").c_str(), grouped(number_of(edge, "pushed")).c_str()));
    out += line;
    if (number_of(edge, "turned_away") + number_of(edge, "poisoned") > 0) {
      out += "  (full " + counted(number_of(edge, "turned_away"), "time", "times") + ", poisoned "
             + grouped(number_of(edge, "poisoned")) + ")";
    }
    out += "\n";
  }
  if (quiet > 0) {
    out += "  " + (out.empty() ? std::to_string(quiet) : counted(quiet, "other", "others"))
           + (quiet == 1 ? " is empty and was" : " are empty and were")
           + " never full; --all lists them\n";
  }
  return out;
}

std::string restarts_of(const json& status, const paint& with) {
  std::string out;
  for (const auto& actor : status["actors"]) {
    if (number_of(actor, "restarts") > 0) {
      out += "  " + with.yellow(text_of(actor, "name")) + " restarted "
             + counted(number_of(actor, "restarts"), "time", "times")
             + "; last error: " + text_of(actor, "last_error") + "\n";
    }
  }
  return out;
}

std::string pretty(const json& status, const genesis& from, bool all) {
  const paint with;
  const bool member = !status["member"].is_null();
  const bool votes = status.value("votes", false);
  std::string out =
    with.bold((member ? text_of(status, "member") + "  " : "")
              + text_of(status, "peer_id").substr(0, 8))
    + "  " + text_of(status, "mode") + " of " + text_of(status, "network") + ", "
    + (votes ? with.green("votes") : (member ? with.yellow("does not vote") : "follows"))
    + (status.value("standstill", false) ? with.red("  the group stands still") : "") + "\n";
  out += row("height", grouped(number_of(status, "height")));
  out += row("view", grouped(number_of(status, "view")) + ", epoch " + text_of(status, "epoch")
                       + ", leader " + text_of(status, "leader"));
  out += row("state root", text_of(status, "state_root") + " at height "
                             + grouped(number_of(status, "root_height")));
  out += row("state", number_of(status, "state_entries") == 0
                        ? std::string{"empty: nothing is stored yet, which has a root of zeroes"}
                        : counted(number_of(status, "state_entries"), "entry", "entries") + ", "
                            + counted(number_of(status, "state_size"), "byte", "bytes"));
  out +=
    row("committed", counted(number_of(status, "mutations_committed"), "mutation", "mutations"));
  if (const auto clock = status.value("clock_problem", ""); !clock.empty()) {
    out += row("clock", with.yellow(harmless(clock)));
  }
  out += row("peers", text_of(status, "peers"));
  for (const auto& problem : status["problems"]) {
    out += with.red("  problem     ") + harmless(problem.get<std::string>()) + "\n";
  }
  out += restarts_of(status, with);
  out += with.bold("links") + "\n" + links_of(status, from, with);
  out += with.bold("mailboxes") + "\n" + edges_of(status, all);
  return out;
}

result<std::string> ask_once(const node_access& node, bool patient) {
  auto client = patient ? control_client::connect(node.config.directory)
                        : control_client::reach(node.config.directory);
  if (!client) {
    return tl::make_unexpected(client.error());
  }
  return client->ask(control_status{}, std::chrono::seconds{patient ? 3 : 10});
}

/// Asks until all of the node's actors answer.
result<std::string> ask_until_ready(const node_access& node,
                                    std::chrono::duration<double> at_most) {
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    auto told = ask_once(node, true);
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
  const auto told = given.wait > 0
                      ? ask_until_ready(*node, std::chrono::duration<double>{given.wait})
                      : ask_once(*node, false);
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
  print(pretty(status, node->from, given.all));
  return number(exit_code::ok);
}

} // namespace

void add_status(CLI::App& to, action& run) {
  const auto given = std::make_shared<status_options>();
  auto* const command = to.add_subcommand("status", "show how a node is");
  add_config_option(*command, given->config, "of the node to ask");
  command->add_flag("--json", given->as_json, "print JSON");
  command->add_flag("--all", given->all, "show mailboxes with nothing in them too");
  command->add_option("--wait", given->wait, "seconds to wait until the node is ready")
    ->check(in_range(0.0, 3600.0))
    ->type_name("SECONDS");
  command->footer("Examples:\n"
                  "  caucus status --config net/node0/node.toml\n"
                  "  caucus node --config net/node0 & caucus status --config net/node0 --wait 10");
  command->callback([given, &run] { run = [given] { return show_status(*given); }; });
}

} // namespace caucus::cli
