#include "actors/presets.hpp"
#include "apps/caucus/commands.hpp"
#include "apps/caucus/control_client.hpp"
#include "apps/caucus/declared.hpp"
#include "apps/caucus/option_checks.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "apps/caucus/reply_view.hpp"
#include "apps/caucus/words.hpp"
#include "messages/try.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/command.hpp"
#include "runtime/commands/status.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caucus::cli {

std::chrono::milliseconds longest_wait(const any_command& asked) {
  const auto patience = asked.facts->patience(asked.parameters).value_or(duration{});
  return std::chrono::ceil<std::chrono::milliseconds>(patience)
         + std::chrono::seconds{asked.facts->timed ? 5 : 8};
}

namespace {

struct declared_options {
  std::string config;
  given_texts texts;
  bool as_json = false;
};

/// "--timeout-ms" of "timeout_ms", or "--timeout" where that is given in seconds.
std::string option_of(const parameter_facts& of) {
  std::string out = "--" + of.name;
  if (of.in_seconds && out.ends_with("_ms")) {
    out.resize(out.size() - 3);
  }
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

/// Its word in help.
std::string value_of(const parameter_facts& of) {
  const auto name = of.in_seconds ? std::string_view{"seconds"} : std::string_view{of.name};
  std::string out{of.value.empty() ? name : of.value};
  std::transform(out.begin(), out.end(), out.begin(), [](char one) {
    return one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one;
  });
  return out;
}

/// "1 to 8 bytes", "1 to 3".
std::string allowed_of(const parameter_facts& of) {
  const bool is_size = of.type == "text" || of.type == "bytes" || of.type == "list";
  return of.allowed
         + (is_size ? (of.repeated ? " of them" : " bytes")
                    : (of.unit.empty() ? "" : " " + of.unit));
}

/// What it is, and what is allowed: "points to give; 1 to 10".
std::string words_for(const parameter_facts& of) {
  const bool told =
    of.allowed.empty() || !of.limited || of.in_seconds; // by the option's check, of seconds
  return told ? of.doc : of.doc + (of.doc.empty() ? "" : "; ") + allowed_of(of);
}

std::string as_seconds(const std::string& ms) {
  std::ostringstream out;
  out << std::strtod(ms.c_str(), nullptr) / 1e3;
  return out.str();
}
/// Whole milliseconds, upwards. Precondition: the option's check took the text.
std::string as_ms(const std::string& seconds) {
  const auto micros = static_cast<std::int64_t>(std::strtod(seconds.c_str(), nullptr) * 1e6);
  return std::to_string(command_detail::milliseconds_of(std::chrono::microseconds{micros}));
}

/// Bytes and lists are given as text, hex:00ff or @FILE; some times in seconds.
result<any_command> read_line(const command_facts& facts, given_texts texts) {
  for (const auto& one : facts.parameters) {
    const auto at = texts.find(one.name);
    if (at == texts.end()) {
      continue;
    }
    for (std::size_t i = 0; i < at->second.size(); ++i) {
      auto& word = at->second[i];
      if (one.in_seconds) {
        word = as_ms(word);
      } else if (one.type == "bytes" || one.type == "list") {
        const auto name = one.repeated && !one.noun.empty()
                            ? std::string{one.noun} + " " + std::to_string(i + 1)
                            : (one.positional ? value_of(one) : option_of(one));
        CAUCUS_TRY(word, bytes_of_word(word, name));
      }
    }
  }
  CAUCUS_TRY(auto parameters, facts.read(texts));
  return any_command{&facts, std::move(parameters)};
}

/// What the command says of itself.
const exit_meaning* own_exit(const command_facts& facts, errc why) {
  const auto own = std::find_if(facts.exits.begin(), facts.exits.end(),
                                [why](const auto& one) { return one.cause == why; });
  return own == facts.exits.end() ? nullptr : &*own;
}

/// Whether it was done nobody knows, if it was sent and no answer came; what the actor said of it stands, where the
/// command has words for it.
error as_outcome(const any_command& asked, error why) {
  const bool in_vain =
    why.code == errc::node_unreachable || why.code == errc::cancelled
    || (why.code == errc::timed_out && own_exit(*asked.facts, why.code) == nullptr);
  if (asked.facts->rule.effect == command_effect::reads || !in_vain) {
    return why;
  }
  return {errc::outcome_unknown,
          "the outcome is unknown: it may or may not be done (" + to_string(why) + ")"};
}

/// Tells it, and ends as the command declares of it.
int report_of(const command_facts& facts, const error& why) {
  const int code = report(why);
  const auto* const own = own_exit(facts, why.code);
  return own == nullptr ? code : own->code;
}

/// A reply, or a part of one, as it is printed: as the node gave it, or for people. What is no JSON where that was
/// declared is no answer: what was done nobody knows.
result<std::string> shown_of(const asked_line& line, std::string_view text,
                             std::string (*show)(const nlohmann::ordered_json&, const paint&)) {
  const auto& rule = line.asked.facts->rule;
  if (!rule.type.empty()) {
    return std::string{text};
  }
  auto read = read_reply(text);
  if (!read) {
    const bool reads = rule.effect == command_effect::reads;
    return fail(reads ? errc::internal : errc::outcome_unknown, std::move(read.error().detail));
  }
  return line.as_json ? std::string{text} : show(*read, paint{});
}

/// Line by line.
result<int> show_stream_of(const asked_line& line, control_client& client) {
  result<void> good;
  const bool has_ends = line.as_json || !line.asked.facts->rule.type.empty();
  const auto done = client.lines(line.asked, [&](std::string_view part) {
    const auto shown = shown_of(line, part, show_part);
    good = shown ? result<void>{} : tl::make_unexpected(shown.error());
    return shown && print(*shown + (has_ends ? "\n" : ""));
  });
  if (!done) {
    return tl::make_unexpected(as_outcome(line.asked, done.error()));
  }
  CAUCUS_TRY_VOID(good);
  return number(exit_code::ok);
}

} // namespace

result<int> show_reply_of(const asked_line& line) {
  const auto& facts = *line.asked.facts;
  CAUCUS_TRY(auto client, control_client::reach(line.node.config.directory));
  if (facts.rule.streams) {
    return show_stream_of(line, client);
  }
  if (facts.rule.effect == command_effect::changes) {
    client.heed_interrupts(); // else Ctrl-C would leave the outcome unsaid
  }
  const auto told = client.ask(line.asked, longest_wait(line.asked));
  if (!told) {
    const int code = report_of(facts, as_outcome(line.asked, told.error()));
    return told.error().code == errc::cancelled ? number(exit_code::interrupted) : code;
  }
  CAUCUS_TRY(const auto shown, shown_of(line, *told, show_reply));
  print(shown);
  return number(exit_code::ok);
}

namespace {

result<int> run_line(const command_facts& facts, const terminal_view& view, const line_runner& show,
                     const declared_options& given) {
  auto texts = given.texts;
  if (view.tidy != nullptr) {
    CAUCUS_TRY_VOID(view.tidy(texts));
  }
  CAUCUS_TRY(auto asked, read_line(facts, std::move(texts)));
  CAUCUS_TRY(auto node, open_node(given.config));
  return show({std::move(asked), given.texts, given.config, given.as_json, std::move(node)});
}

/// What is typed for one that is no list and no bytes.
void check_words(CLI::Option& typed, const parameter_facts& of) {
  typed.check([&of](const std::string& text) {
    const bool is_text = of.type == "text";
    return of.fits(text) && is_utf8(text)
             ? std::string{}
             : "given '" + harmless(text) + "'; allowed: " + (is_text ? "" : "a whole number, ")
                 + allowed_of(of) + (is_text ? " of UTF-8" : "");
  });
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
    of.positional ? value_of(of) : option_of(of), take, words_for(of));
  option->required(of.required)->type_name(value_of(of));
  if (of.in_seconds) {
    option->check(
      in_range(static_cast<double>(of.in_ms.min) / 1e3, static_cast<double>(of.in_ms.max) / 1e3));
  } else if (!of.positional && of.type != "bytes" && of.type != "list") {
    check_words(*option, of);
  }
  option->allow_extra_args(of.repeated && of.positional); // else one word each time
  if (!of.repeated) {
    option->expected(1);
  }
  if (!of.fallback.empty()) {
    option->default_str(of.in_seconds ? as_seconds(of.fallback) : of.fallback);
  }
}

std::string footer_of(const command_facts& facts, const terminal_view& view) {
  std::string out;
  for (const auto& one : facts.exits) {
    if (one.meaning.empty()) { // another reason for a code that has one
      continue;
    }
    out += (out.empty() ? "Exit code " : "; ") + std::to_string(one.code) + ": "
           + std::string{one.meaning};
  }
  out += out.empty() ? "" : ".\n";
  out += view.notes;
  if (!facts.examples.empty()) {
    out += facts.examples.size() == 1 ? "Example:\n" : "Examples:\n";
    for (const auto& one : facts.examples) {
      out += "  caucus " + std::string{one} + "\n"; // the formatter has this program's name
    }
  }
  return out.substr(0, out.size() - std::min<std::size_t>(out.size(), 1));
}

/// Of those that are shown in another way than as they come.
terminal_view view_of(const command_facts& facts) {
  static const std::vector<terminal_view> all{
    view_of_evidence(),
    view_of_get(),
    view_of_history(),
    view_of_log(),
    {.facts = &facts_of<control_metrics>(),
     .notes = "Over the node's socket:\n"
              "  curl -s --unix-socket net/node0/control.sock http://node/metrics\n"
              "For Prometheus' node_exporter, from a timer, in its folder of text files:\n"
              "  caucus metrics --config net/node0 > caucus.prom.new && mv caucus.prom.new "
              "caucus.prom\n",
     .json = {}},
    view_of_propose(),
    view_of_rules(),
    view_of_status()};
  const auto found =
    std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.facts == &facts; });
  if (found != all.end()) {
    return *found;
  }
  return facts.rule.streams ? terminal_view{.facts = &facts,
                                            .notes = "A line a part, until it ends or Ctrl-C.\n",
                                            .json = "one JSON object a line"}
                            : terminal_view{.facts = &facts};
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
  const auto view = view_of(facts);
  const auto given = std::make_shared<declared_options>();
  add_config_option(command, given->config, "of the node to ask");
  for (const auto& one : facts.parameters) {
    if (one.name != view.filled) {
      add_parameter(command, one, given->texts);
    }
  }
  const auto show = view.begin == nullptr ? line_runner{show_reply_of} : view.begin(command);
  if (!view.json.empty()) {
    command.add_flag("--json", given->as_json, std::string{view.json});
  }
  command.footer(footer_of(facts, view));
  command.callback([given, view, show, &facts, &run] {
    run = [given, view, show, &facts] {
      const auto code = run_line(facts, view, show, *given);
      return code ? *code : report_of(facts, code.error());
    };
  });
}

} // namespace

void add_declared_by_us(CLI::App& to, action& run) {
  command_groups groups;
  for (const auto* const facts : preset_commands().all()) {
    if (!facts->rule.http_only) {
      add_one(to, groups, run, "the node", *facts);
    }
  }
}

void add_declared(CLI::App& to, action& run) {
  command_groups groups;
  for (const auto& actor : own().declared()) {
    for (const auto* const facts : actor.all) {
      if (!facts->rule.merged && !facts->rule.http_only) { // what is merged is every node's
        add_one(to, groups, run, actor.actor, *facts);
      }
    }
  }
}

} // namespace caucus::cli
