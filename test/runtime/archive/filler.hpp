#pragma once

#include "actors/notary/snapshot_packets.hpp"
#include "messages/proof.hpp"
#include "messages/vote.hpp"
#include "runtime/archive/bounded.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>

/// A third archive: it neither writes nor reads, but fills each field with something that its type
/// and bounds allow. So every type that has an encoding has a generator too.

namespace caucus::test {

class filler {
public:
  explicit filler(std::uint64_t seed) : random_{seed} {}

  template <class... Ts>
  filler& operator()(Ts&&... fields) {
    (fill(fields), ...);
    return *this;
  }
  void fail(errc /*why*/) {} // relations between fields are repaired afterwards

private:
  std::uint64_t below(std::uint64_t count) { return random_() % count; }

  /// Ends of the range are where mistakes are: half of all numbers are there.
  template <wire_integer T>
  void fill(T& what) {
    switch (below(4)) {
      case 0: what = std::numeric_limits<T>::max(); break;
      case 1: what = static_cast<T>(below(3)); break;
      default: what = static_cast<T>(random_());
    }
  }
  void fill(bool& what) { what = below(2) == 1; }
  template <wire_enum E>
  void fill(E& what) {
    const auto first = static_cast<std::uint64_t>(enum_values<E>::first);
    const auto last = static_cast<std::uint64_t>(enum_values<E>::last);
    what = static_cast<E>(first + below(last - first + 1));
  }
  template <class Tag, class Number>
  void fill(strong_id<Tag, Number>& what) {
    Number number{};
    fill(number);
    what = strong_id<Tag, Number>{number};
  }
  template <class Tag, std::size_t Size>
  void fill(fixed_bytes<Tag, Size>& what) {
    for (auto& next : what.raw) {
      next = static_cast<std::byte>(random_());
    }
  }
  template <class Number, class Period>
  void fill(std::chrono::duration<Number, Period>& what) {
    Number number{};
    fill(number);
    what = std::chrono::duration<Number, Period>{number};
  }
  void fill(std::byte& what) { what = static_cast<std::byte>(random_()); }

  template <class T, std::size_t Max, std::size_t... Inner>
  requires requires(T& of) { of.resize(1); }
  void fill(bounded_field<T, Max, Inner...>& field) {
    field.of.resize(below(std::min<std::size_t>(Max, 4) + 1));
    for (auto& item : field.of) {
      fill_bounded<Inner...>(item);
    }
  }
  template <class T, std::size_t... Max>
  void fill(bounded_field<std::optional<T>, Max...>& field) {
    field.of.reset();
    if (below(2) == 1) {
      fill_bounded<Max...>(field.of.emplace());
    }
  }
  template <class... Ts, std::size_t... Max>
  void fill(bounded_field<std::variant<Ts...>, Max...>& field) {
    const auto index = below(sizeof...(Ts));
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((I == index ? fill_bounded<Max...>(field.of.template emplace<I>()) : void()), ...);
    }
    (std::index_sequence_for<Ts...>{});
  }
  template <unbounded_choice T>
  void fill(T& what) {
    bounded_field<T> field{what};
    fill(field);
  }
  template <class T>
  requires requires(filler& ar, T& what) { serialize(ar, what); }
  void fill(T& what) {
    serialize(*this, what);
    repair(what);
  }

  template <std::size_t... Max, class T>
  void fill_bounded(T& what) {
    if constexpr (takes_bounds<T>) {
      auto field = bounded<Max...>(what);
      fill(field);
    } else {
      fill(what);
    }
  }

  template <class T>
  static void repair(T& /*what*/) {}
  static void repair(certificate& what) {
    what.signatures.resize(static_cast<std::size_t>(std::popcount(what.signers)));
  }
  static void repair(state_proof& what) {
    what.depth = static_cast<std::uint8_t>(what.depth % (path_bits + 1));
    what.filled_upper &= 0xFFU;
    what.filled_lower &= 0xFFU;
    what.siblings.resize(static_cast<std::size_t>(std::popcount(what.filled_upper)
                                                  + std::popcount(what.filled_lower)));
  }

  static void repair(snapshot_offer& what) {
    what.height = std::max(what.height, height{1});
    what.record_size = 1 + what.record_size % snapshot_record_size_max;
    what.above.resize(std::max<std::size_t>(what.above.size(), 1));
  }
  static void repair(snapshot_record& what) {
    what.piece.resize(std::max<std::size_t>(what.piece.size(), 1));
  }
  static void repair(place_entries& what) {
    what.all.resize(std::max<std::size_t>(what.all.size(), 1));
  }
  static void repair(place_wanted& what) {
    what.place.path = {};
    what.place.depth = static_cast<std::uint8_t>(what.place.depth % (path_bits + 1));
  }

  std::mt19937_64 random_;
};

template <class T>
T any(std::uint64_t seed) {
  T out{};
  filler{seed}(out);
  return out;
}

} // namespace caucus::test
