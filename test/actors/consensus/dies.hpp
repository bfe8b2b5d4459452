#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <string>

/// What an assertion says: `act` is run in a process of its own.

namespace caucus::voting {

/// The end of what it wrote to stderr, if it aborted; empty: it did not.
template <class Act>
[[nodiscard]] std::string last_words(Act act) {
  int ends[2] = {};
  if (::pipe(ends) != 0) {
    std::abort();
  }
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL); // the test's runner would tell of it
    act();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string out;
  char some[512];
  for (auto size = ::read(ends[0], some, sizeof some); size > 0;
       size = ::read(ends[0], some, sizeof some)) {
    out.append(some, static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int how = 0;
  ::waitpid(child, &how, 0);
  return WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT ? out : std::string{};
}

/// `act` fails an assertion of this rule (actors/consensus/README.md).
template <class Act>
[[nodiscard]] bool breaks_rule(int number, Act act) {
  return last_words(act).find("assertion failed: rule " + std::to_string(number) + ": ")
         != std::string::npos;
}

} // namespace caucus::voting
