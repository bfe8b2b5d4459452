#include "apps/caucus/control_client.hpp"
#include "apps/caucus/declared.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/status_view.hpp"
#include "messages/try.hpp"
#include "runtime/commands/status.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

namespace caucus::cli {

namespace {

struct status_options {
  bool all = false; ///< mailboxes, also those with nothing to tell
  double wait = 0;  ///< seconds; 0: not at all
};

result<std::string> ask_once(const node_access& node, bool patient, bool group) {
  CAUCUS_TRY(auto client, patient ? control_client::connect(node.config.directory)
                                  : control_client::reach(node.config.directory));
  return client.ask(control_status{group}, std::chrono::seconds{patient ? 3 : 10});
}

/// Asks until all of the node's actors answer.
result<std::string> ask_until_ready(const node_access& node,
                                    std::chrono::duration<double> at_most) {
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    auto told = ask_once(node, true, false);
    const auto status = told ? read_status(*told) : tl::make_unexpected(told.error());
    if (status && status->at("silent").empty()) {
      return told;
    }
    if (std::chrono::steady_clock::now() - began >= at_most) {
      CAUCUS_TRY_VOID(status);
      return fail(errc::timed_out, "the node in " + node.config.directory.string()
                                     + " is not ready: " + status->at("silent").dump()
                                     + " did not answer in time");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

result<int> show_status(const asked_line& line, const status_options& given) {
  const bool group = line.asked.as<control_status>()->group;
  auto told = given.wait > 0 ? ask_until_ready(line.node, std::chrono::duration<double>{given.wait})
                             : ask_once(line.node, false, group);
  if (told && given.wait > 0 && group) {
    told = ask_once(line.node, false, true);
  }
  CAUCUS_TRY(const auto text, told);
  CAUCUS_TRY(const auto status, read_status(text));
  if (line.as_json) {
    print(text);
    return number(exit_code::ok);
  }
  const paint with;
  print(group ? show_group(status, with) : show_node(status, line.node.genesis, given.all, with));
  return number(exit_code::ok);
}

line_runner begin_status(CLI::App& to) {
  const auto given = std::make_shared<status_options>();
  to.add_flag("--all", given->all, "show mailboxes with nothing in them too");
  to.add_option("--wait", given->wait, "seconds to wait until the node is ready")
    ->check(in_range(0.0, 3600.0))
    ->type_name("SECONDS");
  return [given](const asked_line& line) { return show_status(line, *given); };
}

} // namespace

terminal_view view_of_status() {
  return {.facts = &facts_of<control_status>(),
          .begin = begin_status,
          .notes = "--group shows the members' own words: nobody vouches for them.\n"};
}

} // namespace caucus::cli
