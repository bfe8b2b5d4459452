#pragma once

#include "messages/bytes.hpp"
#include "messages/ids.hpp"
#include "runtime/archive/archive.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// Ids, times and containers for the archives.
/// Pure.
///
/// A container has no encoding of its own, only one with its maximum, `bounded<Max>(field)`:
/// a u32 count, then the items. A count above Max, or with more items than the bytes left could
/// hold, fails before anything is allocated, and memory then grows with what was really read: a
/// count alone costs nothing. `bounded<Max, Inner...>(field)` bounds the items in turn; around an
/// optional or a variant, the bounds go to what it holds.

namespace caucus {

// -- ids and times -------------------------------------------------------------------------------

template <class Tag, class Number>
inline constexpr std::size_t encoded_size_min<strong_id<Tag, Number>> = sizeof(Number);

template <class Tag, class Number>
void save(writer& ar, const strong_id<Tag, Number>& what) {
  save(ar, what.value());
}
template <class Tag, class Number>
void load(reader& ar, strong_id<Tag, Number>& what) {
  Number number{};
  load(ar, number);
  what = strong_id<Tag, Number>{number};
}

template <class Tag, std::size_t Size>
inline constexpr std::size_t encoded_size_min<fixed_bytes<Tag, Size>> = Size;

template <class Tag, std::size_t Size>
void save(writer& ar, const fixed_bytes<Tag, Size>& what) {
  ar.put(what.view());
}
template <class Tag, std::size_t Size>
void load(reader& ar, fixed_bytes<Tag, Size>& what) {
  what = {};
  const auto from = ar.take(Size);
  std::copy(from.begin(), from.end(), what.raw.begin());
}

template <class Number, class Period>
inline constexpr std::size_t encoded_size_min<std::chrono::duration<Number, Period>> = 8;

/// 64 bits whatever the library counts in.
template <wire_integer Number, class Period>
void save(writer& ar, const std::chrono::duration<Number, Period>& what) {
  static_assert(sizeof(Number) == sizeof(std::int64_t));
  save(ar, static_cast<std::int64_t>(what.count()));
}
template <wire_integer Number, class Period>
void load(reader& ar, std::chrono::duration<Number, Period>& what) {
  std::int64_t count = 0;
  load(ar, count);
  what = std::chrono::duration<Number, Period>{static_cast<Number>(count)};
}

// -- containers ----------------------------------------------------------------------------------

using encoded_count = std::uint32_t;

template <class Item>
inline constexpr std::size_t encoded_size_min<std::vector<Item>> = sizeof(encoded_count);
template <>
inline constexpr std::size_t encoded_size_min<std::string> = sizeof(encoded_count);
template <class Key, class Value>
inline constexpr std::size_t encoded_size_min<std::map<Key, Value>> = sizeof(encoded_count);
template <class T>
inline constexpr std::size_t encoded_size_min<std::optional<T>> = 1;
template <class... Ts>
inline constexpr std::size_t
  encoded_size_min<std::variant<Ts...>> = 1 + std::min({encoded_size_min<Ts>...});
template <class Item, std::size_t Count>
inline constexpr std::size_t encoded_size_min<std::array<Item, Count>> =
  Count* encoded_size_min<Item>;

/// A field with the most that it may hold.
template <class T, std::size_t... Max>
struct bounded_field {
  T& of;
};

template <std::size_t... Max, class T>
[[nodiscard]] bounded_field<T, Max...> bounded(T& of) {
  return {of};
}

/// What needs its bounds said, directly or within.
template <class T>
inline constexpr bool takes_bounds = false;
template <class Item>
inline constexpr bool takes_bounds<std::vector<Item>> = true;
template <>
inline constexpr bool takes_bounds<std::string> = true;
template <class Key, class Value>
inline constexpr bool takes_bounds<std::map<Key, Value>> = true;
template <class T>
inline constexpr bool takes_bounds<std::optional<T>> = takes_bounds<T>;
template <class... Ts>
inline constexpr bool takes_bounds<std::variant<Ts...>> = (takes_bounds<Ts> || ...);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... Ts>
inline constexpr bool is_variant<std::variant<Ts...>> = true;

namespace detail {

/// `what`, with its bounds if its type takes them.
template <std::size_t... Max, class Archive, class T>
void pass(Archive& ar, T& what) {
  if constexpr (takes_bounds<T>) {
    static_assert(sizeof...(Max) > 0, "say the most that it may hold: bounded<Max>(field)");
    auto field = bounded<Max...>(what);
    ar(field);
  } else {
    ar(what);
  }
}

inline void save_count(writer& ar, std::size_t count, std::size_t count_max) {
  demand(ar, count <= count_max, errc::too_long);
  save(ar, static_cast<encoded_count>(count));
}

/// 0 after a failure, so that no loop starts.
inline std::size_t load_count(reader& ar, std::size_t count_max, std::size_t item_size_min) {
  encoded_count count = 0;
  load(ar, count);
  if (count > count_max || count * std::uint64_t{item_size_min} > ar.left().size()) {
    ar.fail(errc::too_long);
    return 0;
  }
  return count;
}

} // namespace detail

/// Bytes and text: copied at once.
template <class T>
concept wire_octets = std::same_as<T, bytes> || std::same_as<T, std::string>;

template <wire_octets T, std::size_t Max>
void save(writer& ar, const bounded_field<T, Max>& field) {
  detail::save_count(ar, field.of.size(), Max);
  ar.put(std::as_bytes(std::span{field.of.data(), field.of.size()}));
}
template <wire_octets T, std::size_t Max>
void load(reader& ar, bounded_field<T, Max>& field) {
  const auto from = ar.take(detail::load_count(ar, Max, 1));
  const auto* const first = reinterpret_cast<const typename T::value_type*>(from.data());
  field.of.assign(first, first + from.size());
}

template <class Item, std::size_t Max, std::size_t... Inner>
requires(!std::same_as<Item, std::byte>) void save(
  writer& ar, const bounded_field<std::vector<Item>, Max, Inner...>& field) {
  detail::save_count(ar, field.of.size(), Max);
  for (auto& item : field.of) {
    detail::pass<Inner...>(ar, item);
  }
}
template <class Item, std::size_t Max, std::size_t... Inner>
requires(!std::same_as<Item, std::byte>) void load(
  reader& ar, bounded_field<std::vector<Item>, Max, Inner...>& field) {
  static_assert(encoded_size_min<Item> > 0, "say encoded_size_min of what is in the vector");
  field.of.clear();
  const auto count = detail::load_count(ar, Max, encoded_size_min<Item>);
  // Without reserve(): an item may take far more memory than bytes, and the bytes may be no items.
  for (std::size_t i = 0; i < count && !ar.failure(); ++i) {
    detail::pass<Inner...>(ar, field.of.emplace_back());
  }
}

/// Keys strictly ascending: `not_ascending`.
template <class Key, class Value, std::size_t Max, std::size_t... Inner>
void save(writer& ar, const bounded_field<std::map<Key, Value>, Max, Inner...>& field) {
  detail::save_count(ar, field.of.size(), Max);
  for (auto& [key, value] : field.of) {
    detail::pass<Inner...>(ar, const_cast<Key&>(key)); // only read: cereal's own way with const
    detail::pass<Inner...>(ar, value);
  }
}
template <class Key, class Value, std::size_t Max, std::size_t... Inner>
void load(reader& ar, bounded_field<std::map<Key, Value>, Max, Inner...>& field) {
  static_assert(encoded_size_min<Key> + encoded_size_min<Value> > 0);
  field.of.clear();
  const auto count = detail::load_count(ar, Max, encoded_size_min<Key> + encoded_size_min<Value>);
  for (std::size_t i = 0; i < count && !ar.failure(); ++i) {
    Key key{};
    detail::pass<Inner...>(ar, key);
    demand(ar, field.of.empty() || std::prev(field.of.end())->first < key, errc::not_ascending);
    Value value{};
    detail::pass<Inner...>(ar, value);
    if (!ar.failure()) {
      field.of.emplace_hint(field.of.end(), std::move(key), std::move(value));
    }
  }
}

/// A bool, then the value if there is one.
template <class T, std::size_t... Max>
void save(writer& ar, const bounded_field<std::optional<T>, Max...>& field) {
  save(ar, field.of.has_value());
  if (field.of) {
    detail::pass<Max...>(ar, *field.of);
  }
}
template <class T, std::size_t... Max>
void load(reader& ar, bounded_field<std::optional<T>, Max...>& field) {
  bool is = false;
  load(ar, is);
  field.of.reset();
  if (is) {
    detail::pass<Max...>(ar, field.of.emplace());
  }
}

/// A u8 index, then that alternative. An index of none: `out_of_range`, and the first alternative.
template <class... Ts, std::size_t... Max>
void save(writer& ar, const bounded_field<std::variant<Ts...>, Max...>& field) {
  save(ar, static_cast<std::uint8_t>(field.of.index()));
  std::visit([&ar](auto& held) { detail::pass<Max...>(ar, held); }, field.of);
}
template <class... Ts, std::size_t... Max>
void load(reader& ar, bounded_field<std::variant<Ts...>, Max...>& field) {
  static_assert(sizeof...(Ts) <= 256);
  std::uint8_t index = 0;
  load(ar, index);
  demand(ar, index < sizeof...(Ts), errc::out_of_range);
  if (ar.failure()) {
    index = 0;
  }
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    static_cast<void>(
      ((I == index && (detail::pass<Max...>(ar, field.of.template emplace<I>()), true)) || ...));
  }
  (std::index_sequence_for<Ts...>{});
}

/// What needs no bounds may be given without.
template <class T>
concept unbounded_choice = (is_optional<T> || is_variant<T>)&&!takes_bounds<T>;

template <unbounded_choice T>
void save(writer& ar, const T& what) {
  save(ar, bounded_field<T>{const_cast<T&>(what)}); // as cereal does for `serialize`
}
template <unbounded_choice T>
void load(reader& ar, T& what) {
  bounded_field<T> field{what};
  load(ar, field);
}

/// Its items, one behind the other; the count is the type's.
template <class Item, std::size_t Count>
void save(writer& ar, const std::array<Item, Count>& what) {
  for (const auto& item : what) {
    ar(item);
  }
}
template <class Item, std::size_t Count>
void load(reader& ar, std::array<Item, Count>& what) {
  for (auto& item : what) {
    ar(item);
  }
}

} // namespace caucus
