#include "apps/caucus/program.hpp"

#include "apps/caucus/commands.hpp"
#include "apps/caucus/help.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
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

namespace caucus::cli {

namespace {

/// Those that the application's program has beside ours.
void add_own_commands(CLI::App& to, action& run) {
  for (const auto& one : own().commands()) {
    auto* const command = to.add_subcommand(one.name, one.summary);
    const auto given = std::make_shared<std::vector<std::string>>(one.arguments.size());
    for (std::size_t i = 0; i < one.arguments.size(); ++i) {
      command->add_option(one.arguments[i], given->at(i))->required()->type_name(one.arguments[i]);
    }
    command->callback([given, &one, &run] { run = [given, &one] { return one.run(*given); }; });
  }
}

void add_all(CLI::App& app, action& chosen, const std::vector<std::string>& line,
             const more_commands& more) {
  add_init(app, chosen);
  add_node(app, chosen, line);
  add_declared_by_us(app, chosen);
  add_verify(app, chosen);
  add_doctor(app, chosen);
  add_snapshot(app, chosen);
  add_completion(app, chosen);
  add_keygen(app, chosen);
  add_version(app, chosen);
  add_declared(app, chosen);
  add_own_commands(app, chosen);
  if (more) {
    more(app, chosen);
  }
}

int run_line(const std::vector<std::string>& given, const more_commands& more) {
  CLI::App app{is_application()
                 ? own().name() + ": nodes of a group that votes, with this application in them"
                 : "caucus: a group of nodes that votes instead of trusting a server",
               own().name()};
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this and end");
  app.set_version_flag("--version", version_line(), "show the version and end");
  app.formatter(std::make_shared<help_formatter>());
  app.footer("Begin with:\n" + std::string{is_application() ? "" : "  caucus demo\n"}
             + "  caucus init DIR && for i in 0 1 2 3; do caucus node --config DIR/node$i & done\n"
               "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration,\n"
               "  3 refused by a rule, 4 outcome unknown (no receipt or answer in time),\n"
               "  5 no node answers, 6 not verified, 7 warnings of doctor,\n"
               "  8 a node that no restart mends, 130 ended by Ctrl-C");
  action chosen;
  add_all(app, chosen, given, more);
  if (given.size() > 1 && given[0] == "completion" && given[1] == "--words") {
    return complete_words(app, {given.begin() + 2, given.end()}); // as they are: nothing is parsed
  }
  const auto arguments = words_last(app, given);
  if (arguments.empty()) {
    static_cast<void>(std::fputs(app.help().c_str(), stderr));
    return number(exit_code::usage);
  }
  if (const auto wrong = judge_command(app, arguments)) {
    return report(*wrong, typed("--help lists all commands"));
  }
  try {
    app.parse(
      std::vector<std::string>{arguments.rbegin(), arguments.rend()}); // as CLI11 wants them
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return number(exit_code::ok);
  } catch (const CLI::CallForVersion& wanted) {
    print(std::string{wanted.what()} + "\n");
    return number(exit_code::ok);
  } catch (const CLI::ParseError& wrong) {
    return report(judge_parse(app, arguments, wrong), where_help_is(app));
  }
  return chosen();
}

} // namespace

int run(int count, char** words, const composition& with, const more_commands& more) {
  set_own(with);
  fill_standard_descriptors();
  ignore_file_size_signal();
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); // a write then says so
  try {
    return finish_output(run_line({words + std::min(count, 1), words + count}, more));
  } catch (const std::exception& problem) {
    return report({errc::internal, problem.what()});
  }
}

} // namespace caucus::cli

namespace caucus {

int run(int count, char** words, const composition& with) {
  return cli::run(count, words, with);
}

} // namespace caucus
