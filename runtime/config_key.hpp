#pragma once

#include "messages/result.hpp"
#include "runtime/config_value.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// One key of a configuration: how text becomes a field's value, and what is allowed.
/// Pure; one thread at a time. Used through config_schema alone.

namespace caucus {

namespace config_detail {

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;
template <class T>
concept duration_field = is_duration<T>;
template <class T>
concept integer_field = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept counted_field = integer_field<T> || duration_field<T>;
template <class T>
concept ranged_field = counted_field<T> || std::floating_point<T>;

using text_list = std::vector<std::string>;
template <class T, class... Others>
concept one_of = (std::same_as<T, Others> || ...);
/// One text, or several.
template <class T>
concept text_field = one_of<T, std::string, std::filesystem::path, text_list>;
/// Stands for a rule that a field of this type cannot have.
struct no_rule {};
template <bool Has, class Rule>
using rule_if = std::conditional_t<Has, Rule, no_rule>;

template <class T>
constexpr T largest() {
  if constexpr (duration_field<T>) {
    // What microseconds in 64 bits and the field can both hold.
    return std::chrono::duration_cast<T>(std::chrono::hours{24 * 365});
  } else if constexpr (integer_field<T>) {
    return std::in_range<T>(std::numeric_limits<std::int64_t>::max())
             ? static_cast<T>(std::numeric_limits<std::int64_t>::max()) // TOML knows no more
             : std::numeric_limits<T>::max();
  } else {
    return std::numeric_limits<T>::max();
  }
}
/// In which a number of the field's counts.
template <class T>
constexpr std::string_view unit_of() {
  if constexpr (!duration_field<T>) {
    return {};
  } else if constexpr (std::same_as<typename T::period, std::milli>) {
    return "ms";
  } else if constexpr (std::same_as<typename T::period, std::micro>) {
    return "us";
  } else {
    static_assert(std::same_as<typename T::period, std::ratio<1>>);
    return "s";
  }
}
template <class T>
constexpr T smallest() {
  if constexpr (duration_field<T>) {
    return T::zero();
  } else {
    return std::numeric_limits<T>::lowest();
  }
}

} // namespace config_detail

/// Both ends belong to it.
template <class T>
struct between {
  T min = config_detail::smallest<T>();
  T max = config_detail::largest<T>();
};

/// The words of a choice, each with its value. It copies them: an initializer list is gone too
/// early.
template <class T>
class choice_words {
public:
  static constexpr std::size_t count_max = 8;
  using word = std::pair<std::string_view, T>;

  constexpr choice_words() = default;
  constexpr choice_words(std::initializer_list<word> words) {
    for (const word& each : words) {
      words_.at(count_++) = each;
    }
  }
  [[nodiscard]] constexpr const word* begin() const { return words_.data(); }
  [[nodiscard]] constexpr const word* end() const { return words_.data() + count_; }

private:
  std::array<word, count_max> words_{};
  std::size_t count_ = 0;
};

/// What `Config`, a module's struct, declares of its member under a key. All texts are literals.
template <class T, class Config>
struct key_rules {
  static constexpr bool ranged = config_detail::ranged_field<T>;
  static constexpr bool counted = config_detail::counted_field<T>;
  using other_member = config_detail::rule_if<counted, T Config::*>;
  using text_check = bool (*)(std::string_view);

  /// Numbers and durations; the default is what the field can hold, durations from 0 to a year.
  config_detail::rule_if<ranged, between<T>> range{};
  // Integers and durations: another member that narrows the range. A file's or a flag's value above
  // `at_most` is lowered to it, so that who lowers the other key need not lower both.
  other_member more_than{};
  other_member at_least{};
  other_member at_most{};
  std::string_view doc{};  ///< one line for people: what it is and why one would change it
  std::string_view flag{}; ///< a second flag, without dashes; net.port has --net-port anyhow
  bool live = false;       ///< reload() may change it while the node runs
  bool bytes = false;      ///< integers: a size, written as "64KiB" or a plain number
  /// Enums: every name and its value.
  config_detail::rule_if<std::is_enum_v<T>, choice_words<T>> names{};
  /// Text, paths, each text of a list: more than the type says.
  config_detail::rule_if<config_detail::text_field<T>, text_check> check{};
  std::string_view allowed{}; ///< goes with `check`: what it wants
};

/// What the command line and the documentation need to know of a key.
struct key_facts {
  std::string name;     ///< "net.port"
  std::string type;     ///< "integer", "duration", ...
  std::string allowed;  ///< "0 to 65535"; empty: all that the type can say
  std::string fallback; ///< the default, as TOML
  std::string doc;
  std::vector<std::string> flags; ///< without dashes: made from the name, then the alias
  bool live = false;
};

/// A field under its name, whatever its type.
class config_key {
public:
  explicit config_key(key_facts facts) : facts_{std::move(facts)} {}
  config_key(const config_key&) = delete;
  config_key& operator=(const config_key&) = delete;
  virtual ~config_key() = default;

  [[nodiscard]] const key_facts& facts() const { return facts_; }
  void set_flags(std::vector<std::string> flags) { facts_.flags = std::move(flags); }

  /// Keeps the value for commit(). `folder`: what a relative path starts from. The error is
  /// wrong_type or value_out_of_range; then nothing is kept.
  [[nodiscard]] virtual std::optional<errc> stage(const config_value& value,
                                                  const std::filesystem::path& folder) = 0;
  virtual void stage_default() = 0;
  [[nodiscard]] virtual bool staged_differs() const = 0;
  /// Gives the field what was staged; nothing staged: does nothing.
  virtual void commit() = 0;
  virtual void discard() = 0;
  /// A flag's text as TOML would have said it. nullopt: not this type.
  [[nodiscard]] virtual std::optional<config_value> read_flag(std::string_view text) const = 0;
  /// The field's value, as TOML.
  [[nodiscard]] virtual std::string print() const = 0;

private:
  key_facts facts_;
};

// -- one codec a type ---------------------------------------------------------------------------

namespace config_detail {

template <class T>
struct codec;

template <>
struct codec<bool> {
  static std::string type(const auto&) { return "boolean"; }
  static std::string allowed(const auto&) { return "true or false"; }
  static std::string print(bool what, const auto&) { return what ? "true" : "false"; }
  static tl::expected<bool, errc> parse(const config_value& from, const auto&,
                                        const std::filesystem::path&) {
    if (const bool* found = std::get_if<bool>(&from)) {
      return *found;
    }
    return tl::unexpected<errc>{errc::wrong_type};
  }
};

template <integer_field T>
struct codec<T> {
  static std::string type(const auto& rules) { return rules.bytes ? "size" : "integer"; }
  static std::string allowed(const auto& rules) {
    return print(rules.range.min, rules) + " to " + print(rules.range.max, rules);
  }
  static std::string print(T what, const auto& rules) {
    return rules.bytes ? toml_text(print_size(static_cast<std::uint64_t>(what)))
                       : std::to_string(what);
  }
  static tl::expected<T, errc> parse(const config_value& from, const auto& rules,
                                     const std::filesystem::path&) {
    std::optional<std::int64_t> number;
    if (const auto* integer = std::get_if<std::int64_t>(&from)) {
      number = *integer;
    } else if (const auto* text = std::get_if<std::string>(&from); text && rules.bytes) {
      const std::optional<std::uint64_t> size = parse_size(*text);
      if (size && std::in_range<std::int64_t>(*size)) {
        number = static_cast<std::int64_t>(*size);
      }
    }
    if (!number) {
      return tl::unexpected<errc>{errc::wrong_type};
    }
    if (std::cmp_less(*number, rules.range.min) || std::cmp_greater(*number, rules.range.max)) {
      return tl::unexpected<errc>{errc::value_out_of_range};
    }
    return static_cast<T>(*number);
  }
};

template <std::floating_point T>
struct codec<T> {
  static std::string type(const auto&) { return "number"; }
  static std::string allowed(const auto& rules) {
    return print(rules.range.min, rules) + " to " + print(rules.range.max, rules);
  }
  static std::string print(T what, const auto&) { return print_number(static_cast<double>(what)); }
  static tl::expected<T, errc> parse(const config_value& from, const auto& rules,
                                     const std::filesystem::path&) {
    double number = 0;
    if (const auto* real = std::get_if<double>(&from)) {
      number = *real;
    } else if (const auto* integer = std::get_if<std::int64_t>(&from)) {
      number = static_cast<double>(*integer);
    } else {
      return tl::unexpected<errc>{errc::wrong_type};
    }
    if (!(number >= static_cast<double>(rules.range.min)
          && number <= static_cast<double>(rules.range.max))) { // not a number is out of range too
      return tl::unexpected<errc>{errc::value_out_of_range};
    }
    return static_cast<T>(number);
  }
};

template <duration_field T>
struct codec<T> {
  using microseconds = std::chrono::microseconds;
  static std::string type(const auto&) { return "duration"; }
  static std::string allowed(const auto& rules) {
    return print(rules.range.min, rules) + " to " + print(rules.range.max, rules);
  }
  static std::string print(T what, const auto&) {
    return toml_text(print_duration(std::chrono::duration_cast<microseconds>(what)));
  }
  static tl::expected<T, errc> parse(const config_value& from, const auto& rules,
                                     const std::filesystem::path&) {
    const auto* text = std::get_if<std::string>(&from);
    const std::optional<microseconds> found =
      text != nullptr ? parse_duration(*text) : std::nullopt;
    if (!found) {
      return tl::unexpected<errc>{errc::wrong_type};
    }
    const T out = std::chrono::duration_cast<T>(*found);
    // A part of the field's unit would be lost without a word: refuse it.
    if (std::chrono::duration_cast<microseconds>(out) != *found || out < rules.range.min
        || out > rules.range.max) {
      return tl::unexpected<errc>{errc::value_out_of_range};
    }
    return out;
  }
};

template <class T>
requires std::is_enum_v<T>
struct codec<T> {
  static std::string type(const auto&) { return "choice"; }
  static std::string allowed(const auto& rules) {
    std::string out;
    for (const auto& [name, value] : rules.names) {
      out += (out.empty() ? "" : ", ") + toml_text(name);
    }
    return out;
  }
  static std::string print(T what, const auto& rules) {
    for (const auto& [name, value] : rules.names) {
      if (value == what) {
        return toml_text(name);
      }
    }
    return toml_text("?"); // config_schema::add asserts that the default has a name
  }
  static tl::expected<T, errc> parse(const config_value& from, const auto& rules,
                                     const std::filesystem::path&) {
    const auto* text = std::get_if<std::string>(&from);
    if (text == nullptr) {
      return tl::unexpected<errc>{errc::wrong_type};
    }
    for (const auto& [name, value] : rules.names) {
      if (name == *text) {
        return value;
      }
    }
    return tl::unexpected<errc>{errc::value_out_of_range};
  }
};

template <>
struct codec<std::string> {
  static std::string type(const auto&) { return "text"; }
  static std::string allowed(const auto& rules) { return std::string{rules.allowed}; }
  static std::string print(const std::string& what, const auto&) { return toml_text(what); }
  static tl::expected<std::string, errc> parse(const config_value& from, const auto&,
                                               const std::filesystem::path&) {
    if (const auto* text = std::get_if<std::string>(&from)) {
      return *text;
    }
    return tl::unexpected<errc>{errc::wrong_type};
  }
};

/// A path becomes absolute when it is read: --print-config in another folder, or chdir, must not
/// change its meaning.
template <>
struct codec<std::filesystem::path> {
  static std::string type(const auto&) { return "path"; }
  static std::string allowed(const auto& rules) { return std::string{rules.allowed}; }
  static std::string print(const std::filesystem::path& what, const auto&) {
    return toml_text(what.string());
  }
  static tl::expected<std::filesystem::path, errc> parse(const config_value& from, const auto&,
                                                         const std::filesystem::path& folder) {
    const auto* text = std::get_if<std::string>(&from);
    if (text == nullptr) {
      return tl::unexpected<errc>{errc::wrong_type};
    }
    if (text->empty()) {
      return std::filesystem::path{};
    }
    return (folder / *text).lexically_normal();
  }
};

template <>
struct codec<text_list> {
  static std::string type(const auto&) { return "list of text"; }
  static std::string allowed(const auto& rules) { return std::string{rules.allowed}; }
  static std::string print(const text_list& what, const auto&) {
    return print_value(config_value{what});
  }
  static tl::expected<text_list, errc> parse(const config_value& from, const auto&,
                                             const std::filesystem::path&) {
    if (const auto* list = std::get_if<text_list>(&from)) {
      return *list;
    }
    return tl::unexpected<errc>{errc::wrong_type};
  }
};

/// What a flag's text is, for a key of this kind. `type` as codec::type() says it.
[[nodiscard]] std::optional<config_value> read_flag(std::string_view type, std::string_view text);

/// The first text that `check` does not let pass; null: there is none.
template <text_field T>
const std::string* refused_text(const T& value, bool (*check)(std::string_view)) {
  const auto refused = [check](const std::string& text) {
    return check != nullptr && !check(text);
  };
  if constexpr (std::same_as<T, text_list>) {
    const auto found = std::find_if(value.begin(), value.end(), refused);
    return found == value.end() ? nullptr : &*found;
  } else if constexpr (std::same_as<T, std::filesystem::path>) {
    return refused(value.native()) ? &value.native() : nullptr;
  } else {
    return refused(value) ? &value : nullptr;
  }
}

} // namespace config_detail

/// A member of a module's struct, which must outlive the schema.
template <class T, class Config>
class typed_config_key final : public config_key {
  using codec = config_detail::codec<T>;

public:
  typed_config_key(std::string name, Config& config, T Config::*member, key_rules<T, Config> rules)
      : config_key{{std::move(name),
                    codec::type(rules),
                    codec::allowed(rules),
                    codec::print(config.*member, rules),
                    std::string{rules.doc},
                    {},
                    rules.live}},
        field_{&(config.*member)}, default_{*field_}, rules_{rules} {}

  std::optional<errc> stage(const config_value& value,
                            const std::filesystem::path& folder) override {
    auto parsed = codec::parse(value, rules_, folder);
    if (!parsed) {
      return parsed.error();
    }
    if constexpr (config_detail::text_field<T>) {
      if (config_detail::refused_text(*parsed, rules_.check) != nullptr) {
        return errc::value_out_of_range;
      }
    }
    staged_ = std::move(*parsed);
    return std::nullopt;
  }
  void stage_default() override { staged_ = default_; }
  [[nodiscard]] bool staged_differs() const override { return staged_ && *staged_ != *field_; }
  void commit() override {
    if (staged_) {
      *field_ = std::move(*staged_);
      staged_.reset();
    }
  }
  void discard() override { staged_.reset(); }
  [[nodiscard]] std::optional<config_value> read_flag(std::string_view text) const override {
    return config_detail::read_flag(facts().type, text);
  }
  [[nodiscard]] std::string print() const override { return codec::print(*field_, rules_); }

private:
  T* field_;
  T default_;
  key_rules<T, Config> rules_;
  std::optional<T> staged_{};
};

} // namespace caucus
