cmake_minimum_required(VERSION 3.25)
# Writes TO, a source with built_from(), if the commit of the sources in ROOT is another than it says.
set(commit "unknown")
if(EXISTS "${ROOT}/.git")
  execute_process(COMMAND git -C "${ROOT}" describe --always --exclude=* --dirty=-changed
    OUTPUT_VARIABLE told OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed AND told MATCHES "^[0-9a-z-]+$")
    set(commit "${told}")
  endif()
endif()
file(CONFIGURE OUTPUT "${TO}" @ONLY CONTENT [[
#include "apps/caucus/bench_report.hpp"

namespace caucus::cli {

std::string built_from() {
  return "@commit@";
}

} // namespace caucus::cli
]])
