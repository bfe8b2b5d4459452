#pragma once

#include "messages/result.hpp"

#include <stdexcept>
#include <string>

/// How an actor says that it cannot live. Free of CAF. Values.

namespace caucus {

/// Thrown by an actor's constructor or turn where another life would end in the same way: a damaged
/// file, say. It is not restarted; its supervisor, and each above it, gives up at once. Any other
/// exception ends one life, and the next one may do better.
class no_restart : public std::runtime_error {
public:
  explicit no_restart(const error& why) : std::runtime_error{why.detail}, code_{why.code} {}

  [[nodiscard]] errc code() const { return code_; }

private:
  errc code_;
};

/// Thrown by an actor whose next life goes on from what this one has left for it: it is restarted
/// as after any end, and counts as one.
class another_life : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Of the errors of files: the next try may find it otherwise.
[[nodiscard]] constexpr bool may_pass(errc why) {
  return why == errc::file_missing || why == errc::file_unreadable || why == errc::disk_full
         || why == errc::io_failed || why == errc::in_use || why == errc::busy
         || why == errc::timed_out || why == errc::internal;
}

/// Throws std::runtime_error if the error may pass, else no_restart. `what`: the text before the
/// error's, "the journal: " for example.
[[noreturn]] inline void throw_error(const std::string& what, const error& why) {
  if (may_pass(why.code)) {
    throw std::runtime_error{what + to_string(why)};
  }
  throw no_restart{{why.code, what + why.detail}};
}

} // namespace caucus
