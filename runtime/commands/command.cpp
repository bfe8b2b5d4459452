#include "runtime/commands/command.hpp"

#include "messages/try.hpp"
#include "runtime/base/text.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/strict_json.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace caucus {

namespace {

using json = nlohmann::ordered_json;

std::string names_of(const std::vector<parameter_facts>& known) {
  std::string out;
  for (const auto& one : known) {
    out += (out.empty() ? "" : ", ") + one.name;
  }
  return out.empty() ? "none" : out;
}

} // namespace

namespace command_detail {

std::string path_of(const command_rule& rule) {
  if (!rule.path.empty()) {
    return std::string{rule.path};
  }
  auto out = "/v1/" + std::string{rule.words};
  std::replace(out.begin(), out.end(), ' ', '/');
  return out;
}

result<void> only_known(const given_texts& given, const std::vector<parameter_facts>& known) {
  for (const auto& [name, texts] : given) {
    if (std::none_of(known.begin(), known.end(),
                     [&name = name](const auto& one) { return one.name == name; })) {
      return bad("unknown parameter '" + name + "'; known are: " + names_of(known));
    }
  }
  return {};
}

tl::unexpected<error> missing(std::string_view name, std::string_view told) {
  return bad(told.empty() ? "'" + std::string{name} + "' is missing" : std::string{told});
}

} // namespace command_detail

// -- all commands of a node ------------------------------------------------------------------------------

std::vector<const command_facts*> command_table::all() const {
  std::vector<const command_facts*> out;
  const auto add = [&out](const command_facts* one) {
    if (std::find(out.begin(), out.end(), one) == out.end()) {
      out.push_back(one);
    }
  };
  for (const auto& actor : actors_) {
    std::for_each(actor.all.begin(), actor.all.end(), add);
  }
  add(&facts_of<control_status>());
  add(&facts_of<control_version>());
  add(&facts_of<control_metrics>());
  return out;
}

std::optional<std::size_t> command_table::actor_of(const command_facts& what) const {
  if (what.rule.merged || what.answer != nullptr) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    const auto& all = actors_[i].all;
    if (std::find(all.begin(), all.end(), &what) != all.end()) {
      return i;
    }
  }
  return std::nullopt;
}

namespace {

/// What is wrong with a declaration by itself; empty: nothing.
std::string fault_of(const command_facts& one) {
  const auto words = one.rule.words;
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_ ";
  if (words.empty() || words.find_first_not_of(letters) != std::string_view::npos) {
    return ": its words are of small letters";
  }
  std::set<std::string_view> names;
  for (const auto& parameter : one.parameters) {
    if (!names.insert(parameter.name).second) {
      return " has two parameters \"" + parameter.name + "\"";
    }
  }
  return {};
}

} // namespace

result<void> command_table::judge() const {
  std::map<std::string, std::string, std::less<>> taken; // a path: by whom
  const auto refuse = [](std::string why) {
    return fail(errc::value_out_of_range, std::move(why));
  };
  for (const auto* const one :
       {&facts_of<control_status>(), &facts_of<control_version>(), &facts_of<control_metrics>()}) {
    taken.emplace(one->path, "every node");
  }
  for (const auto& actor : actors_) {
    if (is_node_field(actor.actor)) {
      return refuse("an actor is named \"" + actor.actor
                    + "\", as a field of the node's status is");
    }
    for (const auto* const one : actor.all) {
      const auto told = "the command \"" + std::string{one->rule.words} + "\" of " + actor.actor;
      if (const auto fault = fault_of(*one); !fault.empty()) {
        return refuse(told + fault);
      }
      const auto [at, fresh] = taken.emplace(one->path, actor.actor);
      if (!fresh && one != &facts_of<control_status>()) {
        return refuse(told + ": " + at->second + " has it");
      }
    }
  }
  return {};
}

// -- a request of HTTP -----------------------------------------------------------------------------------

namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return static_cast<unsigned>(lower - 'a') + 10U;
  }
  return std::nullopt;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) {
      return std::nullopt;
    }
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) {
      return std::nullopt;
    }
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

/// Each name once.
result<given_texts> parse_query(std::string_view text) {
  given_texts out;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = unescape(pair.substr(0, equals));
    auto value = unescape(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
      return command_detail::bad("the query has a broken escape in '" + std::string{pair} + "'");
    }
    if (!out.emplace(std::move(*name), std::vector{std::move(*value)}).second) {
      return command_detail::bad("the query names '" + std::string{pair.substr(0, equals)}
                                 + "' twice");
    }
  }
  return out;
}

std::string escape(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                       || c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out;
}

// -- a body ----------------------------------------------------------------------------------------------

/// What of another's text is told back.
constexpr std::size_t shown_max = 64;
/// Is no text of a number or a flag.
constexpr std::string_view unfit = "?";

std::string shown(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, shown_max);
}

bool is_number(const parameter_facts& of) {
  return of.type == "number" || of.type == "milliseconds";
}

/// Text, a whole number or {"hex": "00ff"}.
result<std::string> entry_text(const json& from, const std::string& which) {
  if (from.is_string()) {
    return from.get<std::string>();
  }
  if (is_json_integer(from)) {
    return from.dump();
  }
  if (from.is_number_integer()) {
    return command_detail::bad(which + " is " + from.dump()
                               + ", which many a program would have rounded: an integer beyond "
                                 "2^53 - 1 is given as text, in quotes");
  }
  const auto hex = from.is_object() && from.size() == 1 ? from.find("hex") : from.end();
  if (hex == from.end() || !hex->is_string()) {
    return command_detail::bad(
      which + " is " + shown(from)
      + R"(; allowed: text, a whole number or, for bytes, {"hex": "00ff"})");
  }
  const auto raw = from_hex(hex->get_ref<const std::string&>());
  if (!raw) {
    return command_detail::bad("\"hex\" takes two characters of 0-9 and a-f for each byte");
  }
  return command_detail::text_of(*raw);
}

result<std::vector<std::string>> list_texts(const parameter_facts& of, const json& value) {
  if (!value.is_array()) {
    return command_detail::bad("'" + of.name + "' is " + value.type_name() + "; allowed: "
                               + (of.hint.empty() ? "a list" : std::string{of.hint}));
  }
  std::vector<std::string> out;
  for (const auto& one : value) {
    const auto noun = of.noun.empty() ? std::string{"entry"} : std::string{of.noun};
    CAUCUS_TRY(auto text, entry_text(one, noun + ' ' + std::to_string(out.size() + 1)));
    out.push_back(std::move(text));
  }
  return out;
}

/// A member as the texts that a query would have; what has the wrong type is refused here, or unfit.
result<std::vector<std::string>> texts_of(const parameter_facts& of, const json& value) {
  if (of.type == "list") {
    return list_texts(of, value);
  }
  if (of.type == "flag") {
    return std::vector<std::string>{value.is_boolean() ? value.dump() : std::string{unfit}};
  }
  if (is_number(of)) {
    // One that JSON cannot hold stands as its digits.
    const auto text = value.is_string() ? value.get<std::string>() : value.dump();
    const auto number = parse_json(text).value_or(json{});
    const bool fits = value.is_string() ? number.is_number_integer() && !is_json_integer(number)
                                        : is_json_integer(value);
    return std::vector<std::string>{fits ? text : std::string{unfit}};
  }
  if (of.type == "bytes") {
    CAUCUS_TRY(auto text, entry_text(value, "'" + of.name + "'"));
    return std::vector{std::move(text)};
  }
  if (!value.is_string()) {
    return command_detail::bad("'" + of.name + "' is " + shown(value)
                               + "; allowed: text, as \"score\"");
  }
  return std::vector{value.get<std::string>()};
}

json json_of(const parameter_facts& of, const std::vector<std::string>& texts) {
  if (of.type == "list") {
    auto out = json::array();
    for (const auto& one : texts) {
      out.push_back(bytes_json(as_bytes(one)));
    }
    return out;
  }
  const auto& text = texts.front();
  if (of.type == "flag") {
    return text == "1";
  }
  if (is_number(of)) {
    const auto number = parse_json(text);
    return number && is_json_integer(*number) ? *number : json(text);
  }
  return of.type == "bytes" ? bytes_json(as_bytes(text)) : json(text); // with U+FFFD it is unknown
}

result<any_value> parse_body(const command_facts& of, std::string_view body) {
  const auto object = parse_json_object(body);
  if (!object) {
    return command_detail::bad("the body: " + object.error().detail
                               + (of.rule.usage.empty() ? "" : "; ") + std::string{of.rule.usage});
  }
  given_texts given;
  shown_texts as_given;
  for (const auto& [name, value] : object->items()) {
    const auto at = std::find_if(of.parameters.begin(), of.parameters.end(),
                                 [&name = name](const auto& one) { return one.name == name; });
    if (at == of.parameters.end()) {
      return command_detail::bad("unknown member '" + name.substr(0, shown_max)
                                 + "'; known are: " + names_of(of.parameters));
    }
    CAUCUS_TRY(auto texts, texts_of(*at, value));
    given.emplace(name, std::move(texts));
    as_given.emplace(name, shown(value));
  }
  return of.read(given, &as_given);
}

tl::unexpected<error> no_such_path(const std::vector<const command_facts*>& all,
                                   std::string_view path) {
  std::string paths;
  for (const auto* const one : all) {
    paths += (paths.empty() ? "" : ", ") + one->path;
  }
  return fail(errc::no_such_path, "'" + std::string{path.substr(0, 100)} + "'; there are " + paths);
}

} // namespace

result<any_command> read_command(const command_table& known, std::string_view method,
                                 std::string_view target, std::string_view body) {
  if (target.size() > control_target_size_max) {
    return command_detail::bad("the path and its parameters have " + std::to_string(target.size())
                               + " bytes; allowed: at most "
                               + std::to_string(control_target_size_max));
  }
  const auto mark = std::min(target.find('?'), target.size());
  const auto path = target.substr(0, mark);
  const auto all = known.all();
  const auto at =
    std::find_if(all.begin(), all.end(), [path](const auto* one) { return one->path == path; });
  if (at == all.end()) {
    return no_such_path(all, path);
  }
  const auto& found = **at;
  if (method != found.method) {
    return command_detail::bad(std::string{path} + " takes " + std::string{found.method});
  }
  CAUCUS_TRY(const auto given, parse_query(target.substr(std::min(mark + 1, target.size()))));
  const bool changes = found.rule.effect == command_effect::changes;
  if (changes) {
    CAUCUS_TRY_VOID(command_detail::only_known(given, {}));
  }
  CAUCUS_TRY(auto read, changes ? parse_body(found, body) : found.read(given));
  return any_command{&found, std::move(read)};
}

std::string command_target(const any_command& what) {
  std::string out = what.facts->path;
  if (what.facts->rule.effect == command_effect::changes) {
    return out;
  }
  char mark = '?';
  const auto texts = what.facts->write(what.parameters);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (const auto& one : texts[i]) {
      out += std::exchange(mark, '&') + what.facts->parameters[i].name + '=' + escape(one);
    }
  }
  return out;
}

std::string command_body(const any_command& what) {
  if (what.facts->rule.effect == command_effect::reads) {
    return {};
  }
  auto out = json::object();
  const auto texts = what.facts->write(what.parameters);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) {
      const auto& of = what.facts->parameters[i];
      out[of.name] = json_of(of, texts[i]);
    }
  }
  return print_json(std::move(out));
}

} // namespace caucus
