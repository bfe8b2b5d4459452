#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/node_access.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/reply_view.hpp"
#include "apps/caucus/words.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/command.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Commands that the composition's actors declare: `caucus WORD [WORD]`, all of it read off the table.

namespace caucus::cli {

namespace {

struct declared_options {
  std::string config;
  given_texts texts;
  bool as_json = false;
};

/// Longer than the actor takes: the node itself then says what became of it.
std::chrono::milliseconds longest_wait(const any_command& asked) {
  const auto patience = asked.facts->patience(asked.parameters).value_or(duration{});
  return std::chrono::ceil<std::chrono::milliseconds>(patience) + std::chrono::seconds{5};
}

/// "--timeout-ms" of "timeout_ms".
std::string option_of(const parameter_facts& of) {
  std::string out = "--" + of.name;
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

std::string argument_of(const parameter_facts& of) {
  std::string out = of.name;
  std::transform(out.begin(), out.end(), out.begin(), [](char one) {
    return one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one;
  });
  return out;
}

/// What it is, and what is allowed: "points to give; 1 to 10".
std::string words_for(const parameter_facts& of) {
  auto out = of.doc;
  if (!of.allowed.empty()) {
    const bool is_size = of.type == "text" || of.type == "bytes" || of.type == "list";
    out +=
      (out.empty() ? "" : "; ") + of.allowed
      + (is_size ? (of.repeated ? " of them" : " bytes") : (of.unit.empty() ? "" : " " + of.unit));
  }
  return out;
}

/// Bytes and lists are given as `propose` takes its arguments: text, hex:00ff or @FILE.
result<any_command> read_line(const command_facts& facts, given_texts texts) {
  for (const auto& one : facts.parameters) {
    const auto at = texts.find(one.name);
    if (at == texts.end() || (one.type != "bytes" && one.type != "list")) {
      continue;
    }
    for (auto& word : at->second) {
      auto raw = bytes_of_word(word, one.positional ? argument_of(one) : option_of(one));
      if (!raw) {
        return tl::make_unexpected(std::move(raw.error()));
      }
      word = std::move(*raw);
    }
  }
  auto parameters = facts.read(texts);
  return parameters ? result<any_command>{any_command{&facts, std::move(*parameters)}}
                    : tl::make_unexpected(std::move(parameters.error()));
}

/// Whether it was done nobody knows, if it was sent and no answer came.
error as_outcome(const any_command& asked, error why) {
  const bool in_vain = why.code == errc::node_unreachable || why.code == errc::timed_out
                       || why.code == errc::cancelled;
  if (asked.facts->rule.effect == command_effect::reads || !in_vain) {
    return why;
  }
  return {errc::outcome_unknown,
          "the outcome is unknown: it may or may not be done (" + to_string(why) + ")"};
}

int run_declared(const command_facts& facts, const declared_options& given) {
  const auto asked = read_line(facts, given.texts);
  if (!asked) {
    return report(asked.error());
  }
  const auto node = open_node(given.config);
  if (!node) {
    return report(node.error());
  }
  auto client = control_client::reach(node->config.directory);
  if (!client) {
    return report(client.error());
  }
  const paint with;
  const bool as_it_is = given.as_json || !facts.rule.type.empty();
  if (facts.rule.streams) {
    const auto done = client->lines(*asked, [&](std::string_view line) {
      return print(as_it_is ? std::string{line} + "\n" : show_part(line, with));
    });
    return done ? number(exit_code::ok) : report(as_outcome(*asked, done.error()));
  }
  const bool changes = facts.rule.effect == command_effect::changes;
  if (changes) {
    client->heed_interrupts(); // else Ctrl-C would leave the outcome unsaid
  }
  const auto told = client->ask(*asked, longest_wait(*asked));
  if (!told) {
    const int code = report(as_outcome(*asked, told.error()));
    return told.error().code == errc::cancelled ? number(exit_code::interrupted) : code;
  }
  print(as_it_is ? *told : show_reply(*told, with));
  return number(exit_code::ok);
}

void add_parameter(CLI::App& to, const parameter_facts& of, given_texts& into) {
  const auto take = [&into, name = of.name](const std::vector<std::string>& words) {
    into[name] = words;
  };
  if (of.type == "flag") {
    to.add_flag_callback(
      option_of(of), [&into, name = of.name] { into[name] = {"1"}; }, words_for(of));
    return;
  }
  auto* const option = to.add_option_function<std::vector<std::string>>(
    of.positional ? argument_of(of) : option_of(of), take, words_for(of));
  option->required(of.required)->type_name(argument_of(of));
  if (!of.repeated) {
    option->expected(1);
  } else if (!of.positional) {
    option->allow_extra_args(false); // given once for each
  }
  if (!of.fallback.empty()) {
    option->default_str(of.fallback);
  }
}

std::string footer_of(const command_facts& facts) {
  std::string out = facts.rule.streams ? "A line a part, until it ends or Ctrl-C.\n" : "";
  for (const auto& one : facts.exits) {
    out += "Exit code " + std::to_string(one.code) + ": " + std::string{one.meaning} + ".\n";
  }
  if (!facts.examples.empty()) {
    out += facts.examples.size() == 1 ? "Example:\n" : "Examples:\n";
    for (const auto& one : facts.examples) {
      out += "  caucus " + std::string{one} + "\n"; // the formatter has this program's name
    }
  }
  return out.substr(0, out.size() - std::min<std::size_t>(out.size(), 1));
}

/// A mistake of who declares it: found by the first command line of his program.
[[noreturn]] void refuse(const command_facts& facts, const std::string& actor,
                         const std::string& why) {
  throw std::logic_error{"the command \"" + std::string{facts.rule.words} + "\" of " + actor + ": "
                         + why};
}

CLI::App* find_command(CLI::App& in, const std::string& name) {
  const auto all =
    in.get_subcommands([&name](const CLI::App* one) { return one->get_name() == name; });
  return all.empty() ? nullptr : all.front();
}

/// Commands of two words, by the first.
using command_groups = std::set<const CLI::App*>;

/// The one that these words name: "ballot open" stands below "ballot", which is no command itself.
CLI::App& place_for(CLI::App& top, command_groups& groups, const command_facts& facts,
                    const std::string& actor) {
  const std::string words{facts.rule.words};
  const auto first = words.substr(0, words.find(' '));
  auto* const taken = find_command(top, first);
  const bool is_group = taken != nullptr && groups.contains(taken);
  const auto last = first == words ? first : words.substr(first.size() + 1);
  if (taken != nullptr && (first == words || !is_group)) {
    refuse(facts, actor, "\"" + first + "\" is there already; take another first word");
  }
  if (is_group && find_command(*taken, last) != nullptr) {
    refuse(facts, actor, "it is there already");
  }
  auto* into = &top;
  if (first != words) {
    into = is_group ? taken : top.add_subcommand(first, "commands of " + actor);
    into->require_subcommand(1);
    groups.insert(into);
  }
  return *into->add_subcommand(last, std::string{facts.rule.summary});
}

void add_one(CLI::App& to, command_groups& groups, action& run, const std::string& actor,
             const command_facts& facts) {
  for (const auto& one : facts.parameters) {
    if (!one.positional && (one.name == "config" || one.name == "json" || one.name == "help")) {
      refuse(facts, actor, "each command has a \"" + one.name + "\"; name the parameter otherwise");
    }
  }
  auto& command = place_for(to, groups, facts, actor);
  const auto given = std::make_shared<declared_options>();
  add_config_option(command, given->config, "of the node to ask");
  for (const auto& one : facts.parameters) {
    add_parameter(command, one, given->texts);
  }
  command.add_flag("--json", given->as_json,
                   facts.rule.streams ? "one JSON object a line" : "print JSON");
  command.footer(footer_of(facts));
  command.callback(
    [given, &facts, &run] { run = [given, &facts] { return run_declared(facts, *given); }; });
}

} // namespace

void add_declared(CLI::App& to, action& run) {
  command_groups groups;
  for (const auto& actor : own().declared()) {
    for (const auto* const facts : actor.all) {
      if (!facts->rule.merged) { // `status` and `metrics` are every node's
        add_one(to, groups, run, actor.actor, *facts);
      }
    }
  }
}

} // namespace caucus::cli
