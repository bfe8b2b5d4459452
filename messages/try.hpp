#pragma once

#include "messages/result.hpp"

#include <type_traits>
#include <utility>

/// Hands an error on to the caller, as Boost.Outcome's TRY does. In a function that returns a
/// result:
///
///     CAUCUS_TRY(const auto text, read_file(path)); // returns read_file's error, or goes on with a std::string
///     CAUCUS_TRY_VOID(judge(text));                 // returns judge's error, or goes on
///
/// Each is a statement of its own line. An error that is to be changed first is written out.

namespace caucus {

/// Precondition: `what` is an error. A temporary's is moved.
template <class Result>
[[nodiscard]] tl::unexpected<error> error_of(Result&& what) {
  return tl::unexpected<error>{std::forward<Result>(what).error()};
}

} // namespace caucus

#define CAUCUS_TRY_JOIN(first, second) first##second
#define CAUCUS_TRY_NAME(line) CAUCUS_TRY_JOIN(caucus_tried_, line)
#define CAUCUS_TRY_INTO(tried, declared, ...)                                                      \
  auto&& tried = __VA_ARGS__;                                                                      \
  if (!tried) {                                                                                    \
    return ::caucus::error_of(std::forward<decltype(tried)>(tried));                               \
  }                                                                                                \
  declared = *std::forward<decltype(tried)>(tried)

#define CAUCUS_TRY(declared, ...) CAUCUS_TRY_INTO(CAUCUS_TRY_NAME(__LINE__), declared, __VA_ARGS__)
#define CAUCUS_TRY_VOID(...)                                                                       \
  do {                                                                                             \
    if (auto&& caucus_tried = __VA_ARGS__; !caucus_tried) {                                        \
      return ::caucus::error_of(std::forward<decltype(caucus_tried)>(caucus_tried));               \
    }                                                                                              \
  } while (false)
