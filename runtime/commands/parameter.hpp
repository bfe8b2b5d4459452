#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// One parameter of a command: what its declaration says of it, and how its type is read and written, as
/// text (a query, a command line) and as JSON (a body).
/// What is read is hostile: every size and number is checked against the declaration.
/// Pure; any thread.

namespace caucus {

/// What was given under each name; a query gives each name one text.
using given_texts = std::map<std::string, std::vector<std::string>, std::less<>>;

// -- what a declaration says ---------------------------------------------------------------------------

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

/// What a command declares of a member. A member's initial value is the default. All texts are literals.
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
};

/// What the command line, help and documents need to know of a parameter.
struct parameter_facts {
  std::string name;     ///< "timeout_ms"
  std::string type;     ///< "text", "bytes", "number", "flag", "milliseconds", "list", ...
  std::string allowed;  ///< "1 to 3600000"; empty: all that the type can say
  std::string fallback; ///< the default as text; empty: none
  std::string doc;
  std::string unit;
  bool positional = false;
  bool required = false;
  bool repeated = false; ///< a list: given once for each entry
};

// -- how a type is read and written ---------------------------------------------------------------------

/// The body of a request in the making: an object of JSON.
class body_writer {
public:
  body_writer();
  body_writer(const body_writer&) = delete;
  body_writer& operator=(const body_writer&) = delete;
  ~body_writer();

  void put(std::string_view name, std::uint64_t number);
  void put(std::string_view name, std::int64_t number);
  void put(std::string_view name, bool flag);
  /// Text where it is UTF-8, else {"hex": "00ff"}.
  void put(std::string_view name, std::string_view text);
  void put(std::string_view name, const std::vector<std::string>& list);
  [[nodiscard]] std::string text() const;

private:
  std::unique_ptr<nlohmann::ordered_json> object_; ///< never null
};

namespace command_detail {

[[nodiscard]] tl::unexpected<error> bad(std::string why);

/// What is said of numbers, sizes and flags, in the one way for all.
[[nodiscard]] result<std::uint64_t> read_unsigned(std::string_view name, std::string_view text,
                                                  number_range<std::uint64_t> range);
[[nodiscard]] result<std::int64_t> read_signed(std::string_view name, std::string_view text,
                                               number_range<std::int64_t> range);
[[nodiscard]] result<std::uint64_t> parse_unsigned(std::string_view name,
                                                   const nlohmann::ordered_json& value,
                                                   number_range<std::uint64_t> range,
                                                   std::string_view wanted);
[[nodiscard]] result<std::int64_t> parse_signed(std::string_view name,
                                                const nlohmann::ordered_json& value,
                                                number_range<std::int64_t> range,
                                                std::string_view wanted);
[[nodiscard]] result<void> judge_size(std::string_view name, std::size_t count, size_range size,
                                      std::string_view noun);
[[nodiscard]] result<bool> read_flag(std::string_view name, std::string_view text);
[[nodiscard]] result<bool> parse_flag(std::string_view name, const nlohmann::ordered_json& value);
[[nodiscard]] result<std::string> parse_text(std::string_view name,
                                             const nlohmann::ordered_json& value, size_range size,
                                             std::string_view hint);
[[nodiscard]] result<std::vector<std::string>> parse_list(std::string_view name,
                                                          const nlohmann::ordered_json& value,
                                                          size_range size, std::string_view noun,
                                                          std::string_view hint);
/// Whole ones, upwards; at least 1.
[[nodiscard]] std::int64_t milliseconds_of(duration time);
template <class Number>
[[nodiscard]] std::string range_text(const number_range<Number>& range) {
  return std::to_string(range.min) + " to " + std::to_string(range.max);
}
[[nodiscard]] std::string range_text(size_range range);

} // namespace command_detail

/// `type`: its word. `read` of texts, `parse` of JSON: errors are bad_request and say which parameter, what was given,
/// what is allowed. `write`: nothing where the value is the same as none given. A type of one actor's commands has
/// its specialization beside them.
template <class T>
struct parameter_codec;

template <command_detail::counted T>
struct parameter_codec<T> {
  using rules = parameter_rules<T>;
  using number = typename rules::number;
  static constexpr bool is_time = std::same_as<T, duration>;
  using wide = std::conditional_t<std::is_signed_v<number>, std::int64_t, std::uint64_t>;

  static constexpr std::string_view type = is_time ? "milliseconds" : "number";
  static std::string allowed(const rules& of) { return command_detail::range_text(of.range); }
  static result<T> read(std::string_view name, const std::vector<std::string>& given,
                        const rules& of) {
    if constexpr (std::is_signed_v<number>) {
      return made(command_detail::read_signed(name, given.front(), wide_range(of)));
    } else {
      return made(command_detail::read_unsigned(name, given.front(), wide_range(of)));
    }
  }
  static result<T> parse(std::string_view name, const nlohmann::ordered_json& value,
                         const rules& of) {
    const std::string_view wanted = is_time ? "a whole number of milliseconds" : "a whole number";
    if constexpr (std::is_signed_v<number>) {
      return made(command_detail::parse_signed(name, value, wide_range(of), wanted));
    } else {
      return made(command_detail::parse_unsigned(name, value, wide_range(of), wanted));
    }
  }
  static std::optional<std::string> write(const T& value) { return std::to_string(plain(value)); }
  static void put(body_writer& to, std::string_view name, const T& value) {
    to.put(name, wide{plain(value)});
  }

private:
  static number_range<wide> wide_range(const rules& of) { return {of.range.min, of.range.max}; }
  static number plain(const T& value) {
    if constexpr (is_time) {
      return command_detail::milliseconds_of(value);
    } else if constexpr (command_detail::is_id<T>) {
      return value.value();
    } else {
      return value;
    }
  }
  static result<T> made(result<wide> read) {
    if (!read) {
      return tl::make_unexpected(std::move(read.error()));
    }
    if constexpr (is_time) {
      return T{std::chrono::milliseconds{*read}};
    } else {
      return T(static_cast<number>(*read));
    }
  }
};

template <>
struct parameter_codec<bool> {
  using rules = parameter_rules<bool>;
  static constexpr std::string_view type = "flag";
  static std::string allowed(const rules& /*of*/) { return {}; }
  static result<bool> read(std::string_view name, const std::vector<std::string>& given,
                           const rules& /*of*/) {
    return command_detail::read_flag(name, given.front());
  }
  static result<bool> parse(std::string_view name, const nlohmann::ordered_json& value,
                            const rules& /*of*/) {
    return command_detail::parse_flag(name, value);
  }
  static std::optional<std::string> write(bool value) {
    return value ? std::optional<std::string>{"1"} : std::nullopt;
  }
  static void put(body_writer& to, std::string_view name, bool value) { to.put(name, value); }
};

template <>
struct parameter_codec<std::string> {
  using rules = parameter_rules<std::string>;
  static constexpr std::string_view type = "text";
  static std::string allowed(const rules& of) { return command_detail::range_text(of.size); }
  static result<std::string> read(std::string_view name, const std::vector<std::string>& given,
                                  const rules& of);
  static result<std::string> parse(std::string_view name, const nlohmann::ordered_json& value,
                                   const rules& of) {
    return command_detail::parse_text(name, value, of.size, of.hint);
  }
  static std::optional<std::string> write(const std::string& value) {
    return value.empty() ? std::nullopt : std::optional{value};
  }
  static void put(body_writer& to, std::string_view name, const std::string& value) {
    to.put(name, std::string_view{value});
  }
};

/// Bytes, or none given.
template <>
struct parameter_codec<std::optional<bytes>> {
  using value_type = std::optional<bytes>;
  using rules = parameter_rules<value_type>;
  static constexpr std::string_view type = "bytes";
  static std::string allowed(const rules& of) { return command_detail::range_text(of.size); }
  static result<value_type> read(std::string_view name, const std::vector<std::string>& given,
                                 const rules& of);
  static result<value_type> parse(std::string_view name, const nlohmann::ordered_json& value,
                                  const rules& of);
  static std::optional<std::string> write(const value_type& value);
  static void put(body_writer& to, std::string_view name, const value_type& value);
};

/// Texts; in JSON an entry is text, a whole number or, for bytes, {"hex": "00ff"}.
template <>
struct parameter_codec<std::vector<std::string>> {
  using value_type = std::vector<std::string>;
  using rules = parameter_rules<value_type>;
  static constexpr std::string_view type = "list";
  static std::string allowed(const rules& of) { return command_detail::range_text(of.size); }
  static result<value_type> read(std::string_view name, const std::vector<std::string>& given,
                                 const rules& of);
  static result<value_type> parse(std::string_view name, const nlohmann::ordered_json& value,
                                  const rules& of) {
    return command_detail::parse_list(name, value, of.size, of.noun, of.hint);
  }
  static std::optional<std::string> write(const value_type& value);
  static void put(body_writer& to, std::string_view name, const value_type& value) {
    to.put(name, value);
  }
};

} // namespace caucus
