#pragma once

#include "runtime/archive/archive.hpp"
#include "runtime/archive/bounded.hpp"
#include "runtime/archive/codec.hpp"
#include "runtime/base/assert.hpp"

#include <cstddef>
#include <utility>

/// What codec.hpp declares, for one's own types: include this beside their `serialize`, in one
/// .cpp.
/// Pure; any thread. Heavy: it brings cereal along.

namespace caucus {

namespace detail {

/// An archive takes 23 ns to make and 4 to reset, so each thread keeps one. In use by one call at a
/// time: `serialize` encodes nothing on its own.
inline reader& thread_reader(bytes_view from) {
  thread_local reader reused;
  reused.reset(from);
  return reused;
}

inline writer& thread_writer(bytes& to) {
  thread_local writer reused;
  reused.reset(to);
  return reused;
}

} // namespace detail

template <class T>
result<T> decode(bytes_view from) {
  auto& ar = detail::thread_reader(from);
  result<T> out{};
  ar(*out);
  if (const auto failure = ar.finish()) {
    return fail(*failure);
  }
  return out;
}

template <class T>
result<bytes> try_encode(const T& what) {
  bytes out;
  out.reserve(encoded_size_min<T>);
  auto& ar = detail::thread_writer(out);
  ar(what);
  if (const auto failure = ar.finish()) {
    return fail(*failure);
  }
  return out;
}

template <class T>
bytes encode(const T& what) {
  auto out = try_encode(what);
  CAUCUS_ASSERT(out.has_value());
  return std::move(*out);
}

template <class T>
std::size_t encoded_size(const T& what) {
  writer counting;
  counting(what);
  return counting.size();
}

} // namespace caucus

/// In a .cpp, outside of namespaces: all of codec.hpp for one type.
#define CAUCUS_CODEC_FOR(T)                                                                        \
  template caucus::result<T> caucus::decode<T>(caucus::bytes_view);                                \
  template caucus::bytes caucus::encode<T>(const T&);                                              \
  template caucus::result<caucus::bytes> caucus::try_encode<T>(const T&);                          \
  template std::size_t caucus::encoded_size<T>(const T&);
