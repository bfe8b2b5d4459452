#pragma once

#include "apps/group/interrupts.hpp"

#include <cstdio>
#include <string>

#include <unistd.h>

/// How far long work has come, on one line of a terminal; gone at the end. From the first one on
/// Ctrl-C only makes interrupted() true. Main thread.

namespace caucus::cli {

class work_line {
public:
  work_line() { catch_interrupts(); }
  work_line(const work_line&) = delete;
  work_line& operator=(const work_line&) = delete;
  ~work_line() { show({}); }

  /// False: whoever waits has enough.
  [[nodiscard]] bool say(const std::string& line) const {
    show(line);
    return !interrupted();
  }

private:
  void show(const std::string& line) const {
    if (shown_) {
      static_cast<void>(std::fprintf(stderr, "\r\x1b[K%s", line.c_str()));
      static_cast<void>(std::fflush(stderr));
    }
  }

  bool shown_ = ::isatty(STDERR_FILENO) == 1;
};

} // namespace caucus::cli
