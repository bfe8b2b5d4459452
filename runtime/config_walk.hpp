#pragma once

#include "messages/result.hpp"
#include "runtime/config_key.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// Walks over the keys that a module's struct declares: name, member, range, words for people.
/// A member's initial value is the default. Reading, flags, print, the documentation's table and
/// judging are such walks, so all of a key is said in its declaration.
/// Pure.
///
///     struct board_config {
///       std::uint32_t rows = 8; // the default
///       std::chrono::milliseconds pause{500};
///       net_config net{};
///
///       static constexpr void keys(auto&& key) {
///         key("rows", &board_config::rows, {.range = {1, 64}, .doc = "of the board"});
///         key("pause", &board_config::pause, {.range = {10ms, 1min}, .doc = "between moves"});
///         key("net", &board_config::net); // a struct with keys of its own: the table "net"
///       }
///     };
///
/// `key` is the walk's and the rules are key_rules, so the struct's header includes neither.

namespace caucus {

namespace config_detail {
struct no_walk {};
} // namespace config_detail

/// A struct that declares keys.
template <class Config>
concept configured = requires {
  Config::keys(config_detail::no_walk{});
};

namespace config_detail {

/// A member with a value of its own, not a table of keys.
template <class T>
concept single_field = !configured<T>;

[[nodiscard]] inline std::string key_name(std::string_view table, std::string_view name) {
  return (table.empty() ? std::string{} : std::string{table} + ".") + std::string{name};
}

// -- with an object ------------------------------------------------------------------------------

template <class Config, class Visit>
class key_walk {
public:
  key_walk(std::string table, Config& config, Visit& visit)
      : table_{std::move(table)}, config_{&config}, visit_{&visit} {}

  template <single_field T, class Owner>
  void operator()(std::string_view name, T Owner::*member,
                  const key_rules<T, Owner>& rules = {}) const {
    (*visit_)(table_, name, *config_, member, rules);
  }
  template <configured T, class Owner>
  void operator()(std::string_view name, T Owner::*member) const {
    auto& inner = config_->*member;
    T::keys(key_walk<std::remove_reference_t<decltype(inner)>, Visit>{key_name(table_, name), inner,
                                                                      *visit_});
  }

private:
  std::string table_;
  Config* config_;
  Visit* visit_;
};

/// Calls `visit(table, name, config, member, rules)` for each key, in the order of declaration.
/// `config` is the struct that has the member; its keys stand in `table`.
template <class Config, class Visit>
requires configured<std::remove_const_t<Config>>
void walk_keys(std::string_view table, Config& config, Visit&& visit) {
  std::remove_const_t<Config>::keys(
    key_walk<Config, std::remove_reference_t<Visit>>{std::string{table}, config, visit});
}

// -- without one: what the compiler can say ------------------------------------------------------

/// Counts the keys of a struct that have this name, and those that have this member.
template <class T, class Config>
struct key_search {
  std::string_view name;
  T Config::*member;
  std::size_t with_name = 0;
  std::size_t with_member = 0;
  std::string_view member_name{};

  template <class Other>
  constexpr void operator()(std::string_view key, Other Config::*other,
                            const key_rules<Other, Config>& /*rules*/ = {}) {
    with_name += key == name ? 1U : 0U;
    if constexpr (std::same_as<T, Other>) {
      if (other == member) {
        ++with_member;
        member_name = key;
      }
    }
  }
};
template <class T, class Config>
[[nodiscard]] constexpr key_search<T, Config> search_keys(std::string_view name,
                                                          T Config::*member) {
  key_search<T, Config> out{name, member};
  Config::keys(out);
  return out;
}

template <class Config>
struct distinct_check {
  bool distinct = true;

  template <class T>
  constexpr void operator()(std::string_view name, T Config::*member,
                            const key_rules<T, Config>& /*rules*/ = {}) {
    const auto found = search_keys(name, member);
    distinct = distinct && found.with_name == 1 && found.with_member == 1;
    if constexpr (configured<T>) {
      distinct_check<T> inner;
      T::keys(inner);
      distinct = distinct && inner.distinct;
    }
  }
};

} // namespace config_detail

/// No name and no member is declared twice in a struct, nor in one within it.
template <configured Config>
[[nodiscard]] constexpr bool keys_are_distinct() {
  config_detail::distinct_check<Config> out;
  Config::keys(out);
  return out.distinct;
}

// -- what a program sets -------------------------------------------------------------------------

namespace config_detail {

template <counted_field T>
T next_above(T value) {
  return value < largest<T>() ? static_cast<T>(value + T{1}) : value;
}

/// What a key allows beside the present values of the others.
template <ranged_field T, class Config>
between<T> allowed_now(const Config& config, const key_rules<T, Config>& rules) {
  auto out = rules.range;
  if constexpr (counted_field<T>) {
    if (rules.more_than != nullptr) {
      out.min = std::max(out.min, next_above(config.*rules.more_than));
    }
    if (rules.at_least != nullptr) {
      out.min = std::max(out.min, config.*rules.at_least);
    }
    if (rules.at_most != nullptr) {
      out.max = std::min(out.max, config.*rules.at_most);
    }
  }
  return out;
}

template <ranged_field T>
std::string plain_number(T value) {
  if constexpr (duration_field<T>) {
    return plain_number(value.count());
  } else if constexpr (integer_field<T>) {
    return std::to_string(value);
  } else {
    return print_number(static_cast<double>(value));
  }
}

/// What is wrong with a value, to be said behind the key's name; empty: nothing.
template <class T, class Config>
std::string wrong_now(const Config& config, T Config::*member, const key_rules<T, Config>& rules) {
  const T& value = config.*member;
  if constexpr (ranged_field<T>) {
    const auto may = allowed_now(config, rules);
    if (!(value >= may.min && value <= may.max)) { // not a number is neither
      return (duration_field<T> ? ", in " + std::string{unit_of<T>()} : "") + " = "
             + plain_number(value) + ", allowed " + plain_number(may.min) + " to "
             + plain_number(may.max);
    }
  } else if constexpr (std::is_enum_v<T>) {
    std::string words;
    for (const auto& [word, meaning] : rules.names) {
      if (meaning == value) {
        return {};
      }
      words += (words.empty() ? ": neither " : " nor ") + std::string{word};
    }
    return words;
  } else if constexpr (text_field<T>) {
    if (const auto* const refused = refused_text(value, rules.check)) {
      return " = \"" + *refused + "\", allowed " + std::string{rules.allowed};
    }
  }
  return {};
}

} // namespace config_detail

/// Judges what a program set by the ranges that a file's values are held to. `table`: what the keys
/// stand in, for the error: value_out_of_range, which names the first key that is wrong, its value
/// and what is allowed.
template <configured Config>
[[nodiscard]] result<void> judge(const Config& config, std::string_view table = {}) {
  std::string wrong;
  const auto visit = [&wrong]<class T, class Owner>(
                       const std::string& in_table, std::string_view name, const Owner& owner,
                       T Owner::*member, const key_rules<T, Owner>& rules) {
    const auto why = wrong.empty() ? config_detail::wrong_now(owner, member, rules) : std::string{};
    if (!why.empty()) {
      wrong = config_detail::key_name(in_table, name) + why;
    }
  };
  config_detail::walk_keys(table, config, visit);
  return wrong.empty() ? result<void>{} : fail(errc::value_out_of_range, std::move(wrong));
}

} // namespace caucus
