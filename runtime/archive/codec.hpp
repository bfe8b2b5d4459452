#pragma once

#include "messages/bytes.hpp"
#include "messages/result.hpp"

#include <cstddef>

/// Values to bytes and back: one encoding for each value, nothing taken that was not written so.
/// Pure; any thread.
///
/// Instantiated here for every type of messages/ that travels or is hashed. A type of one's own:
/// runtime/archive/codec_for.hpp.

namespace caucus {

/// All of `from` is one T. Memory is bounded by the limits of T and grows with what is really read.
/// Errors, all of which blame the sender: `truncated`, `trailing_bytes`, `too_long`,
/// `out_of_range`, `not_ascending`.
template <class T>
[[nodiscard]] result<T> decode(bytes_view from);

/// `decode<T>(encode(x)) == x`. The value keeps its limits: asserted, so whatever a user had a hand
/// in is checked before, or encoded by try_encode().
template <class T>
[[nodiscard]] bytes encode(const T& what);

/// Errors: `too_long`, `out_of_range`, `not_ascending`: the value breaks its own limits.
template <class T>
[[nodiscard]] result<bytes> try_encode(const T& what);

/// encode(what).size(), without the bytes.
template <class T>
[[nodiscard]] std::size_t encoded_size(const T& what);

} // namespace caucus
