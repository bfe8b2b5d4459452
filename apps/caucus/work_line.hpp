#pragma once

#include "apps/group/interrupts.hpp"

#include <cstdio>
#include <string>

#include <unistd.h>

/// How far long work has come. Main thread.

namespace caucus::cli {

/// What is being done now, on one line of stderr, where that is a terminal; gone when this goes.
class progress_line {
public:
  progress_line() = default;
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  ~progress_line() { say({}); }

  void say(const std::string& what) const {
    if (on_) {
      static_cast<void>(std::fprintf(stderr, "\r\x1b[K%s", what.c_str()));
      static_cast<void>(std::fflush(stderr));
    }
  }

private:
  bool on_ = ::isatty(STDERR_FILENO) == 1;
};

/// The same of work that Ctrl-C ends: from the first one on that only makes interrupted() true.
class work_line {
public:
  work_line() { catch_interrupts(); }

  /// False: whoever waits has enough.
  [[nodiscard]] bool say(const std::string& what) const {
    line_.say(what);
    return !interrupted();
  }

private:
  progress_line line_;
};

} // namespace caucus::cli
