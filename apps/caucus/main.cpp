#include "apps/caucus/commands.hpp"
#include "apps/caucus/help.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/usage.hpp"
#include "messages/result.hpp"
#include "runtime/process_guard.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

/// The program `caucus`: one command a file, see commands.hpp.

namespace caucus::cli {

namespace {

int run(int count, char** words) {
  CLI::App app{"caucus: a group of nodes that votes instead of trusting a server", "caucus"};
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this and end");
  app.set_version_flag("--version", version_line(), "show the version and end");
  app.formatter(std::make_shared<help_formatter>());
  app.footer("Begin with:\n  caucus demo\n"
             "  caucus init DIR && for i in 0 1 2 3; do caucus node --config DIR/node$i & done\n"
             "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration,\n"
             "  3 refused by a rule, 4 outcome unknown (no receipt or answer in time),\n"
             "  5 no node answers, 6 not verified, 7 warnings of doctor,\n"
             "  8 a node that no restart mends, 130 ended by Ctrl-C");
  action chosen;
  add_init(app, chosen);
  add_node(app, chosen);
  add_propose(app, chosen);
  add_get(app, chosen);
  add_verify(app, chosen);
  add_log(app, chosen);
  add_status(app, chosen);
  add_evidence(app, chosen);
  add_metrics(app, chosen);
  add_doctor(app, chosen);
  add_completion(app, chosen);
  add_keygen(app, chosen);
  add_version(app, chosen);
  add_demo(app, chosen);
  add_bench(app, chosen);
  const std::vector<std::string> given{words + 1, words + count};
  if (given.size() > 1 && given[0] == "completion" && given[1] == "--words") {
    return complete_words(app, {given.begin() + 2, given.end()}); // as they are: nothing is parsed
  }
  auto arguments = words_last(given);
  if (arguments.empty()) {
    static_cast<void>(std::fputs(app.help().c_str(), stderr));
    return number(exit_code::usage);
  }
  if (const auto wrong = judge_command(app, arguments)) {
    return report(*wrong, "caucus --help lists all commands");
  }
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return number(exit_code::ok);
  } catch (const CLI::CallForVersion& wanted) {
    print(std::string{wanted.what()} + "\n");
    return number(exit_code::ok);
  } catch (const CLI::ParseError& wrong) {
    return report(judge_parse(app, wrong), where_help_is(app));
  }
  return chosen();
}

} // namespace

} // namespace caucus::cli

int main(int count, char** words) {
  caucus::fill_standard_descriptors();
  caucus::ignore_file_size_signal();
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); // a write then says so
  try {
    return caucus::cli::finish_output(caucus::cli::run(count, words));
  } catch (const std::exception& problem) {
    return caucus::cli::report({caucus::errc::internal, problem.what()});
  }
}
