#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// One parameter of a command: what its declaration says of it, and how its type is read from text
/// and written. A body's JSON becomes text first (command.cpp), by the words of parameter_facts.
/// What is read is hostile: every size and number is checked against the declaration.
/// Pure; any thread.

namespace caucus {

/// What was given under each name; a query gives each name one text.
using given_texts = std::map<std::string, std::vector<std::string>, std::less<>>;
/// As it stood in a body, for people.
using shown_texts = std::map<std::string, std::string, std::less<>>;

// -- what a declaration says ----------------------------------------------------------------------

namespace command_detail {

template <class T>
inline constexpr bool is_id = false;
template <class Tag, class Number>
inline constexpr bool is_id<strong_id<Tag, Number>> = true;

template <class T>
concept whole_number = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept counted = whole_number<T> || is_id<T> || std::same_as<T, duration>;
/// Bytes of a text, entries of a list.
template <class T>
concept sized = std::same_as<T, std::string> || std::same_as<
  T, std::optional<bytes>> || std::same_as<T, std::vector<std::string>>;

struct no_rule {};

template <class T>
struct number_of {
  using type = no_rule;
};
template <whole_number T>
struct number_of<T> {
  using type = T;
};
template <class Tag, class Number>
struct number_of<strong_id<Tag, Number>> {
  using type = Number;
};
template <>
struct number_of<duration> {
  using type = std::int64_t; // milliseconds
};

} // namespace command_detail

/// Both ends belong to it.
template <class Number>
struct number_range {
  Number min = std::numeric_limits<Number>::min();
  Number max = std::numeric_limits<Number>::max();
};
struct size_range {
  std::size_t min = 0;
  std::size_t max = std::numeric_limits<std::size_t>::max();
};

/// What a command declares of a member. A member's initial value is the default. All texts are
/// literals.
template <class T>
struct parameter_rules {
  using number = typename command_detail::number_of<T>::type;
  template <bool Has, class Rule>
  using rule_if = std::conditional_t<Has, Rule, command_detail::no_rule>;

  bool positional = false; ///< on a command line it stands without its name
  bool required = false;
  /// Of numbers and ids; of durations in milliseconds.
  rule_if<command_detail::counted<T>, number_range<number>> range{};
  rule_if<command_detail::sized<T>, size_range> size{};
  std::string_view doc{};     ///< one line for people
  std::string_view unit{};    ///< for people, "ms"
  std::string_view missing{}; ///< told where it is required and left out
  std::string_view noun{};    ///< what a text is, "a name"; what an entry of a list is, "argument"
  std::string_view hint{};    ///< told beside what is allowed, where JSON is not as it should be
  std::string_view value{};   ///< its word in help, "HEX"; empty: the parameter's name, in capitals
  /// Of durations: a command line takes "--timeout 0.5", in seconds, for `timeout_ms`.
  rule_if<std::same_as<T, duration>, bool> in_seconds{};
};

/// What the command line, help and documents need to know of a parameter.
struct parameter_facts {
  std::string name;     ///< "timeout_ms"
  std::string type;     ///< "text", "bytes", "number", "flag", "milliseconds", "list", ...
  std::string allowed;  ///< "1 to 3600000"; empty: all that the type can say
  bool limited = true;  ///< false: a number of which `allowed` is all that the type can say
  std::string fallback; ///< the default as text; empty: none
  std::string doc;
  std::string unit;
  std::string_view noun; ///< as the rules have them
  std::string_view hint;
  std::string_view value;
  bool positional = false;
  bool required = false;
  bool repeated = false;              ///< a list: given once for each entry
  bool in_seconds = false;            ///< on a command line; the texts are milliseconds everywhere
  number_range<std::int64_t> in_ms{}; ///< of durations
  std::function<bool(std::string)> fits; ///< one text, by the parameter's own limits; never empty
};

// -- how a type is read and written ---------------------------------------------------------------

/// What was given for one parameter.
struct given_value {
  std::string_view name;
  const std::vector<std::string>& texts; ///< at least one, but of a list
  const std::string* shown = nullptr;    ///< as it stood in a body; null: not in one
};

namespace command_detail {

[[nodiscard]] tl::unexpected<error> bad(std::string why);
/// "from is '0'; allowed: 1 to 100", "'times' is 4; allowed: a whole number, 1 to 3". `in_json`:
/// what is told beside what is allowed of one in a body.
[[nodiscard]] tl::unexpected<error> not_allowed(const given_value& what, std::string_view in_json,
                                                const std::string& allowed);
[[nodiscard]] result<std::int64_t>
read_number(const given_value& what, number_range<std::int64_t> range, std::string_view kind);
[[nodiscard]] result<std::uint64_t>
read_number(const given_value& what, number_range<std::uint64_t> range, std::string_view kind);
[[nodiscard]] result<bool> read_flag(const given_value& what);
/// Bytes as they are.
[[nodiscard]] result<std::string> read_bytes(const given_value& what, size_range size,
                                             std::string_view noun, std::string_view hint);
/// The same of UTF-8.
[[nodiscard]] result<std::string> read_text(const given_value& what, size_range size,
                                            std::string_view noun, std::string_view hint);
[[nodiscard]] result<std::vector<std::string>> read_list(const given_value& what, size_range size);
[[nodiscard]] bytes bytes_of(std::string_view text);
[[nodiscard]] std::string text_of(bytes_view raw);
/// Whole ones, upwards; at least 1.
[[nodiscard]] std::int64_t milliseconds_of(duration time);
template <class Number>
[[nodiscard]] std::string range_text(const number_range<Number>& range) {
  return std::to_string(range.min) + " to " + std::to_string(range.max);
}
/// Empty: all sizes.
[[nodiscard]] std::string range_text(size_range range);

} // namespace command_detail

/// `type`: its word, for parameter_facts. `read`: errors are bad_request and say which parameter,
/// what was given, what is allowed. `write`: nothing where the value is the same as none given. A
/// type of one actor's commands has its specialization beside them.
template <class T>
struct parameter_codec;

template <command_detail::counted T>
struct parameter_codec<T> {
  using rules = parameter_rules<T>;
  using number = typename rules::number;
  using wide = std::conditional_t<std::is_signed_v<number>, std::int64_t, std::uint64_t>;
  static constexpr bool is_time = std::same_as<T, duration>;

  static constexpr std::string_view type = is_time ? "milliseconds" : "number";
  static std::string allowed(const rules& of) { return command_detail::range_text(of.range); }
  static result<T> read(const given_value& what, const rules& of) {
    const auto got = command_detail::read_number(
      what, number_range<wide>{of.range.min, of.range.max},
      is_time ? "a whole number of milliseconds, " : "a whole number, ");
    if (!got) {
      return tl::make_unexpected(got.error());
    }
    if constexpr (is_time) {
      return T{std::chrono::milliseconds{*got}};
    } else {
      return T(static_cast<number>(*got));
    }
  }
  static std::vector<std::string> write(const T& value) {
    if constexpr (is_time) {
      return {std::to_string(command_detail::milliseconds_of(value))};
    } else if constexpr (command_detail::is_id<T>) {
      return {std::to_string(value.value())};
    } else {
      return {std::to_string(value)};
    }
  }
};

template <>
struct parameter_codec<bool> {
  using rules = parameter_rules<bool>;
  static constexpr std::string_view type = "flag";
  static std::string allowed(const rules& /*of*/) { return {}; }
  static result<bool> read(const given_value& what, const rules& /*of*/) {
    return command_detail::read_flag(what);
  }
  static std::vector<std::string> write(bool value) {
    return value ? std::vector<std::string>{"1"} : std::vector<std::string>{};
  }
};

/// UTF-8: an actor may print it into JSON as it is.
template <>
struct parameter_codec<std::string> {
  using rules = parameter_rules<std::string>;
  static constexpr std::string_view type = "text";
  static std::string allowed(const rules& of) { return command_detail::range_text(of.size); }
  static result<std::string> read(const given_value& what, const rules& of) {
    return command_detail::read_text(what, of.size, of.noun, of.hint);
  }
  static std::vector<std::string> write(const std::string& value) {
    return value.empty() ? std::vector<std::string>{} : std::vector{value};
  }
};

/// Bytes, whatever they are, or none given.
template <>
struct parameter_codec<std::optional<bytes>> {
  using rules = parameter_rules<std::optional<bytes>>;
  static constexpr std::string_view type = "bytes";
  static std::string allowed(const rules& of) { return command_detail::range_text(of.size); }
  static result<std::optional<bytes>> read(const given_value& what, const rules& of) {
    const auto text = command_detail::read_bytes(what, of.size, of.noun, of.hint);
    return text ? result<std::optional<bytes>>{command_detail::bytes_of(*text)}
                : tl::make_unexpected(text.error());
  }
  static std::vector<std::string> write(const std::optional<bytes>& value) {
    return value ? std::vector{command_detail::text_of(*value)} : std::vector<std::string>{};
  }
};

/// Texts, of which any may be bytes that are no UTF-8; in JSON an entry is text, a whole number or,
/// for bytes, {"hex": "00ff"}. Who prints one uses bytes_json().
template <>
struct parameter_codec<std::vector<std::string>> {
  using rules = parameter_rules<std::vector<std::string>>;
  static constexpr std::string_view type = "list";
  static std::string allowed(const rules& of) { return command_detail::range_text(of.size); }
  static result<std::vector<std::string>> read(const given_value& what, const rules& of) {
    return command_detail::read_list(what, of.size);
  }
  static std::vector<std::string> write(const std::vector<std::string>& value) { return value; }
};

} // namespace caucus
