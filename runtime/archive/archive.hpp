#pragma once

#include "messages/bytes.hpp"
#include "messages/result.hpp"
#include "runtime/base/little_endian.hpp"

#include <cereal/cereal.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

/// The two archives: the one way from values to bytes and back.
/// Pure; one archive belongs to one thread at a time.
///
/// They derive from cereal's bases, so that a type says `serialize` as everywhere with cereal, but
/// share none of its encodings: cereal's containers resize to whatever the wire says. Integers are
/// fixed-width little endian; what a container may hold is said where it is serialized, see
/// runtime/archive/bounded.hpp.

namespace caucus {

/// The fewest bytes that any value of this type encodes to. A type that is to stand in a container
/// specializes it; a test holds it against the type's smallest value.
template <class T>
inline constexpr std::size_t encoded_size_min = 0;

/// Values to bytes. A value that breaks its own limits sticks as `failed()`.
class writer : public cereal::OutputArchive<writer> {
public:
  /// Counts only.
  writer() : OutputArchive{this} {}
  /// Appends. `to` must outlive the writer's use.
  explicit writer(bytes& to) : OutputArchive{this}, to_{&to} {}

  /// As just made.
  void reset(bytes& to) {
    to_ = &to;
    size_ = 0;
    failure_.reset();
  }

  void put(bytes_view what) {
    size_ += what.size();
    if (to_ != nullptr) {
      to_->insert(to_->end(), what.begin(), what.end());
    }
  }
  /// The first one counts.
  void fail(errc why) {
    if (!failure_) {
      failure_ = why;
    }
  }
  [[nodiscard]] const std::optional<errc>& failure() const { return failure_; }
  /// The end of the writer's use, until it is reset.
  [[nodiscard]] std::optional<errc> finish() {
    to_ = nullptr;
    return failure_;
  }
  /// Bytes written since the start.
  [[nodiscard]] std::size_t size() const { return size_; }

private:
  bytes* to_ = nullptr; ///< null: counts only
  std::size_t size_ = 0;
  std::optional<errc> failure_;
};

/// Bytes to values. The first failure sticks: nothing more is read, and all that is asked for after
/// it is zero, so that what is decoded needs one look at the end. Never throws for what it reads.
class reader : public cereal::InputArchive<reader> {
public:
  reader() : InputArchive{this} {}
  /// `from` must outlive the reader's use.
  explicit reader(bytes_view from) : InputArchive{this}, left_{from} {}

  /// As just made.
  void reset(bytes_view from) {
    left_ = from;
    failure_.reset();
  }

  /// The next `size` bytes, in place; none after a failure or if there are fewer.
  bytes_view take(std::size_t size) {
    if (size > left_.size()) {
      fail(errc::truncated);
      return {};
    }
    const auto out = left_.first(size);
    left_ = left_.subspan(size);
    return out;
  }
  /// The first one counts; nothing is left to read.
  void fail(errc why) {
    if (!failure_) {
      failure_ = why;
    }
    left_ = {};
  }
  [[nodiscard]] const std::optional<errc>& failure() const { return failure_; }
  [[nodiscard]] bytes_view left() const { return left_; }
  /// The whole input was one value: `trailing_bytes` if not, else the first failure.
  [[nodiscard]] std::optional<errc> finish() {
    if (!left_.empty()) {
      fail(errc::trailing_bytes);
    }
    return failure_;
  }

private:
  bytes_view left_;
  std::optional<errc> failure_;
};

/// A relation between fields that every honest encoder keeps, for use in `serialize`.
template <class Archive>
void demand(Archive& ar, bool holds, errc otherwise) {
  if (!holds) {
    ar.fail(otherwise);
  }
}

// -- numbers -------------------------------------------------------------------------------------

/// No floating point: not the same on every machine.
template <class T>
concept wire_integer = std::integral<T> && !std::same_as<T, bool>;

template <wire_integer T>
inline constexpr std::size_t encoded_size_min<T> = sizeof(T);
template <>
inline constexpr std::size_t encoded_size_min<bool> = 1;

template <wire_integer T>
void save(writer& ar, const T& what) {
  ar.put(little_endian(what));
}

template <wire_integer T>
void load(reader& ar, T& what) {
  const auto raw = ar.take(sizeof(T)); // empty after a failure
  what = raw.empty() ? T{} : from_little_endian<T>(raw);
}

/// Only 0 and 1: `out_of_range`.
inline void save(writer& ar, const bool& what) {
  save(ar, static_cast<std::uint8_t>(what));
}
inline void load(reader& ar, bool& what) {
  std::uint8_t number = 0;
  load(ar, number);
  demand(ar, number <= 1, errc::out_of_range);
  what = number == 1;
}

// -- enums ---------------------------------------------------------------------------------------

/// Which numbers of an enum stand for something: `first` to `last`, without a gap. Specialize it.
template <class E>
struct enum_values;

/// Codes travel as numbers: a later version may have more of them.
template <>
struct enum_values<errc> {
  static constexpr auto first = errc{0};
  static constexpr auto last = errc{std::numeric_limits<std::uint16_t>::max()};
};

template <class E>
concept wire_enum = std::is_enum_v<E>;

template <wire_enum E>
inline constexpr std::size_t encoded_size_min<E> = sizeof(E);

template <wire_enum E>
[[nodiscard]] constexpr bool is_value(E what) {
  return what >= enum_values<E>::first && what <= enum_values<E>::last;
}

template <wire_enum E>
void save(writer& ar, const E& what) {
  demand(ar, is_value(what), errc::out_of_range);
  save(ar, static_cast<std::underlying_type_t<E>>(what));
}

/// `first` after a failure: zero may stand for nothing.
template <wire_enum E>
void load(reader& ar, E& what) {
  std::underlying_type_t<E> number{};
  load(ar, number);
  what = static_cast<E>(number);
  if (!is_value(what)) {
    ar.fail(errc::out_of_range);
    what = enum_values<E>::first;
  }
}

} // namespace caucus

// cereal would take any number for an enum; this is its way to be told whose functions count.
/// \cond
template <caucus::wire_enum E>
struct cereal::specialize<caucus::writer, E, cereal::specialization::non_member_load_save> {};
template <caucus::wire_enum E>
struct cereal::specialize<caucus::reader, E, cereal::specialization::non_member_load_save> {};
/// \endcond
CEREAL_SETUP_ARCHIVE_TRAITS(caucus::reader, caucus::writer)
