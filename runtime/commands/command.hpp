#pragma once

#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/commands/parameter.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// One declaration a command. It is a struct of its parameters; the command line, HTTP, help,
/// completion and the library's face walk what it says of itself.
///
///     struct cheer {
///       static constexpr command_rule command{.words = "cheer",
///                                             .summary = "cheer for a player",
///                                             .effect = command_effect::changes};
///       static constexpr std::array<std::string_view, 1> examples{"cheer ada --loud"};
///       using reply = cheered;
///       std::string player;
///       bool loud = false;
///       static constexpr void parameters(auto&& parameter) {
///         parameter("player", &cheer::player, {.positional = true, .required = true, .size = {1, 32}});
///         parameter("loud", &cheer::loud, {.doc = "so that all hear it"});
///       }
///       static std::string print(const cheered& what, const command_context& of); // JSON: see below
///       friend bool operator==(const cheer&, const cheer&) = default;
///     };
///     struct board { using commands = caucus::commands<board_status, control_status, cheer>; ... }; // an actor
///
/// print() is what HTTP and `--json` have of a reply, or of a part of one that streams: a value of
/// JSON on one line (strict_json.hpp), its end added where it is left out; a part may also be
/// several lines, or empty. The lines for people are made of it, unless the command has a view of
/// its own (apps/caucus/declared.hpp). Of a command with a `type` of its own it is whatever that
/// is. What it throws becomes the error of the one call.
///
/// A command may have more, each found by its name:
///
///     result<void> check();                          // what no single parameter can say; may tidy up
///     result<void> prepare(const command_context&);  // the asker's thread: errors come without asking the actor
///     duration timeout;                              // how long the actor may take; else command_rule::answer_time
///     bool is_heavy() const;                         // counts against command_rule::heavy_max
///     static std::size_t size(const reply&);          // about, where replies may be large
///     static C after(const C&, const reply& part);   // of one that streams: what is asked to go on behind a part
///     static reply answer(const command_context&);   // of one that no actor needs to be asked for
///     static constexpr std::array<exit_meaning, N> exits; // of the command line
///
/// Pure; any thread.

namespace caucus {

/// What a command is prepared and its reply printed with: command_context.hpp.
struct command_context;

enum class command_effect : std::uint8_t {
  reads,   ///< GET; its parameters stand in the query
  changes, ///< POST; its parameters are the body. Lost on its way, its outcome is unknown
};

struct command_rule {
  std::string_view words;   ///< "status", "ballot open": one or two
  std::string_view summary; ///< one line for people
  command_effect effect = command_effect::reads;
  std::string_view path{};         ///< empty: /v1/WORD[/WORD]
  std::string_view type{};         ///< content type of its replies; empty: JSON, or lines of it
  bool streams = false;            ///< replies come in parts, up to the last
  bool merged = false;             ///< every actor that has commands answers its part
  bool http_only = false;          ///< no command line has it
  std::string_view usage{};        ///< told where its body cannot be read: "a proposal is {...}"
  std::size_t heavy_max = 0;       ///< in flight, of those that are heavy; above: busy
  std::string_view heavy{};        ///< told then: "reads of whole variables"
  duration answer_time{2'000'000}; ///< of one that has no timeout of its own
};

/// What the command line's exit code says of this command, beyond what it says of all.
struct exit_meaning {
  int code = 0;
  std::string_view meaning;    ///< empty: told already, of another cause
  std::optional<errc> cause{}; ///< ends with `code`, in place of what all commands have for it
};

/// A minute by default, an hour at most: a node that waits longer than its user only holds memory.
inline constexpr duration control_timeout_max = std::chrono::hours{1};
inline constexpr duration control_timeout_default = std::chrono::seconds{30};
/// What a parameter `timeout_ms` allows.
inline constexpr number_range<std::int64_t> timeout_range{
  1, std::chrono::duration_cast<std::chrono::milliseconds>(control_timeout_max).count()};

// -- whatever type it has -------------------------------------------------------------------------

/// A value of a type that its holder does not know; shared, never changed.
class any_value {
public:
  any_value() = default;
  template <class T, class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<T>, any_value>>>
  explicit any_value(T&& value)
      : type_{type_of<std::remove_cvref_t<T>>()}, value_{
                                                    std::make_shared<const std::remove_cvref_t<T>>(
                                                      std::forward<T>(value))} {}

  [[nodiscard]] bool empty() const { return value_ == nullptr; }
  /// Null: another type.
  template <class T>
  [[nodiscard]] const T* as() const {
    return type_ == type_of<T>() ? static_cast<const T*>(value_.get()) : nullptr;
  }

private:
  template <class T>
  [[nodiscard]] static const void* type_of() {
    static const char here = 0;
    return &here;
  }
  const void* type_ = nullptr;
  std::shared_ptr<const void> value_;
};

struct command_facts;

/// A command and its parameters.
struct any_command {
  const command_facts* facts = nullptr; ///< null: none
  any_value parameters;

  /// Null: another command.
  template <class C>
  [[nodiscard]] const C* as() const {
    return parameters.as<C>();
  }
  friend bool operator==(const any_command& one, const any_command& other);
};

/// All of a declaration, as values.
struct command_facts {
  command_rule rule;
  std::string path;        ///< "/v1/ballot/open"
  std::string_view method; ///< "GET", "POST"
  std::vector<parameter_facts> parameters;
  std::vector<std::string_view> examples; ///< behind the program's name: "cheer ada --loud"
  std::vector<exit_meaning> exits;

  /// Errors: bad_request. `in_body`: what is told of a value that stood in a body.
  [[nodiscard]] result<any_value> read(const given_texts& given,
                                       const shown_texts* in_body = nullptr) const {
    return reader(given, in_body);
  }

  // -- what the types do; each takes parameters of this command -----------------------------------
  result<any_value> (*reader)(const given_texts& given, const shown_texts* in_body) = nullptr;
  /// What was given, in the order of declaration, and what must be; nothing that is the same as
  /// none given.
  std::vector<std::vector<std::string>> (*write)(const any_value& what) = nullptr;
  bool (*equal)(const any_value& one, const any_value& other) = nullptr;
  result<any_value> (*prepare)(const any_value& what, const command_context& of) = nullptr;
  bool timed = false; ///< how long the actor may take is its caller's to say
  /// How long the actor may take; none: there is no end to it.
  std::optional<duration> (*patience)(const any_value& what) = nullptr;
  bool (*heavy)(const any_value& what) = nullptr;
  any_value (*after)(const any_value& what, const any_value& part) = nullptr; ///< null: streams not
  any_value (*answer)(const command_context& of) = nullptr; ///< null: an actor is asked
  std::size_t (*size)(const any_value& reply) =
    nullptr; ///< about, of one that may be large; else 0
  std::string (*print)(const any_value& reply, const command_context& of) = nullptr;
};

[[nodiscard]] inline bool operator==(const any_command& one, const any_command& other) {
  return one.facts == other.facts
         && (one.facts == nullptr || one.facts->equal(one.parameters, other.parameters));
}

// -- walking a declaration ------------------------------------------------------------------------

template <class C>
concept command_type = requires {
  { C::command } -> std::convertible_to<const command_rule&>;
  typename C::reply;
};

namespace command_detail {

/// Calls `visit(name, field, rules)` with the rules of the member's type.
template <class C, class Visit>
struct parameter_walk {
  Visit& visit;

  template <class Field, class T = std::remove_cvref_t<std::invoke_result_t<const Field&, C&>>>
  constexpr void operator()(std::string_view name, const Field& field,
                            const parameter_rules<T>& rules = {}) const {
    visit(name, field, rules);
  }
};

/// "/v1/ballot/open".
[[nodiscard]] std::string path_of(const command_rule& rule);

/// Errors: bad_request: a name that none of these parameters has.
[[nodiscard]] result<void> only_known(const given_texts& given,
                                      const std::vector<parameter_facts>& known);
/// `told`: what is said then; empty: "'name' is missing".
[[nodiscard]] tl::unexpected<error> missing(std::string_view name, std::string_view told);

} // namespace command_detail

/// Calls `visit(name, field, rules)` for each parameter, in the order of declaration; `field` is a
/// pointer to member or a function object, for std::invoke with a command; `rules` are
/// parameter_rules of the member's type.
template <command_type C, class Visit>
constexpr void walk_parameters(Visit&& visit) {
  if constexpr (requires {
                  C::parameters(
                    command_detail::parameter_walk<C, std::remove_reference_t<Visit>>{visit});
                }) {
    C::parameters(command_detail::parameter_walk<C, std::remove_reference_t<Visit>>{visit});
  }
}

namespace command_detail {

template <class C>
const command_facts& facts_of();

template <class C>
std::vector<parameter_facts> list_parameters() {
  std::vector<parameter_facts> out;
  walk_parameters<C>([&out]<class Field, class T>(std::string_view name, const Field& field,
                                                  const parameter_rules<T>& rules) {
    const C fallback{};
    using codec = parameter_codec<T>;
    parameter_facts one;
    one.name = name;
    one.type = codec::type;
    one.allowed = codec::allowed(rules);
    if (const auto texts = codec::write(std::invoke(field, fallback)); !texts.empty()) {
      one.fallback = texts.front();
    }
    one.doc = rules.doc;
    one.unit = rules.unit;
    one.noun = rules.noun;
    one.hint = rules.hint;
    one.value = rules.value;
    one.positional = rules.positional;
    one.required = rules.required;
    one.repeated = std::same_as<T, std::vector<std::string>>;
    if constexpr (counted<T>) {
      one.limited = one.allowed != codec::allowed({});
    }
    if constexpr (std::same_as<T, duration>) {
      one.in_seconds = rules.in_seconds;
      one.in_ms = rules.range;
    }
    one.fits = [rules](std::string text) {
      return codec::read({{}, {std::move(text)}}, rules).has_value();
    };
    out.push_back(std::move(one));
  });
  return out;
}

/// One parameter of what was given. One that is left out stays as it is.
template <class T>
result<void> read_parameter(T& to, std::string_view name, const parameter_rules<T>& rules,
                            const given_texts& given, const shown_texts* in_body) {
  const auto at = given.find(name);
  if (at == given.end() || at->second.empty()) {
    if (rules.required) {
      return missing(name, in_body != nullptr ? std::string_view{} : rules.missing);
    }
    return {};
  }
  const auto* const shown = in_body == nullptr ? nullptr : &in_body->find(name)->second;
  auto value = parameter_codec<T>::read({name, at->second, shown}, rules);
  if (!value) {
    return tl::make_unexpected(std::move(value.error()));
  }
  to = std::move(*value);
  return {};
}

template <class C>
result<any_value> read_values(const given_texts& given, const shown_texts* in_body) {
  C out{};
  auto good = only_known(given, facts_of<C>().parameters);
  walk_parameters<C>([&]<class Field, class T>(std::string_view name, const Field& field,
                                               const parameter_rules<T>& rules) {
    if (good) {
      good = read_parameter<T>(std::invoke(field, out), name, rules, given, in_body);
    }
  });
  if constexpr (requires { out.check(); }) {
    good = good ? out.check() : good;
  }
  if (!good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  return any_value{std::move(out)};
}

template <class C>
std::vector<std::vector<std::string>> write_values(const any_value& what) {
  std::vector<std::vector<std::string>> out;
  walk_parameters<C>([&]<class Field, class T>(std::string_view /*name*/, const Field& field,
                                               const parameter_rules<T>& rules) {
    auto texts = parameter_codec<T>::write(std::invoke(field, *what.as<C>()));
    if (texts.empty() && rules.required && !std::same_as<T, std::vector<std::string>>) {
      texts.emplace_back();
    }
    out.push_back(std::move(texts));
  });
  return out;
}

template <class C>
std::optional<duration> patience_of(const any_value& what) {
  if constexpr (C::command.streams) {
    return std::nullopt;
  } else if constexpr (requires { what.as<C>()->timeout; }) {
    return what.as<C>()->timeout;
  } else {
    return C::command.answer_time;
  }
}

template <class C>
result<any_value> prepared(const any_value& what, const command_context& of) {
  if constexpr (requires(C & one) { one.prepare(of); }) {
    C out = *what.as<C>();
    if (auto good = out.prepare(of); !good) {
      return tl::make_unexpected(std::move(good.error()));
    }
    return any_value{std::move(out)};
  } else {
    return what;
  }
}

template <class C>
bool is_heavy([[maybe_unused]] const any_value& what) {
  if constexpr (requires { what.as<C>()->is_heavy(); }) {
    return what.as<C>()->is_heavy();
  }
  return false;
}

template <class C>
std::size_t size_of([[maybe_unused]] const any_value& reply) {
  if constexpr (requires(const typename C::reply& one) { C::size(one); }) {
    const auto* const known = reply.as<typename C::reply>();
    return known == nullptr ? 0 : C::size(*known);
  }
  return 0;
}

template <class C>
std::string printed(const any_value& reply, const command_context& of) {
  const auto* const known = reply.as<typename C::reply>();
  return known == nullptr ? std::string{} : C::print(*known, of);
}

/// What not all commands have.
template <class C>
void put_extras(command_facts& to) {
  if constexpr (requires { C::examples; }) {
    to.examples.assign(C::examples.begin(), C::examples.end());
  }
  if constexpr (requires { C::exits; }) {
    to.exits.assign(C::exits.begin(), C::exits.end());
  }
  if constexpr (C::command.streams) {
    to.after = [](const any_value& what, const any_value& part) {
      return any_value{C::after(*what.as<C>(), *part.as<typename C::reply>())};
    };
  }
  if constexpr (requires(const command_context& of) { C::answer(of); }) {
    to.answer = [](const command_context& of) { return any_value{C::answer(of)}; };
  }
}

template <class C>
const command_facts& facts_of() {
  static const command_facts all = [] {
    command_facts out;
    out.rule = C::command;
    out.path = path_of(C::command);
    out.method = C::command.effect == command_effect::changes ? "POST" : "GET";
    out.parameters = list_parameters<C>();
    out.reader = &read_values<C>;
    out.write = &write_values<C>;
    out.equal = [](const any_value& one, const any_value& other) {
      return *one.as<C>() == *other.as<C>();
    };
    out.prepare = &prepared<C>;
    out.timed = requires(const C& one) {
      one.timeout;
    };
    out.patience = &patience_of<C>;
    out.heavy = &is_heavy<C>;
    out.size = &size_of<C>;
    out.print = &printed<C>;
    put_extras<C>(out);
    return out;
  }();
  return all;
}

} // namespace command_detail

/// The declaration, as values; the same object each time.
template <command_type C>
[[nodiscard]] const command_facts& facts_of() {
  return command_detail::facts_of<C>();
}
template <command_type C>
[[nodiscard]] any_command command_of(C what) {
  return {&facts_of<C>(), any_value{std::move(what)}};
}

} // namespace caucus
