cmake_minimum_required(VERSION 3.25)
# No line of a header is longer than 100 columns. clang-format sees to code; comments it leaves as they are
# (ReflowComments would tear dividers and tables apart), so this looks at them. Tables, examples and diagrams,
# which are indented, may be wider, and a text in quotes stays whole.
include("${CMAKE_CURRENT_LIST_DIR}/files.cmake")
tree_files("${ROOT}" files)
list(FILTER files INCLUDE REGEX "\\.hpp$")
if(NOT files)
  message(FATAL_ERROR "nothing to read in ${ROOT}")
endif()
set(found "")
foreach(file IN LISTS files)
  file(STRINGS "${ROOT}/${file}" lines LENGTH_MINIMUM 101 ENCODING UTF-8)
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "[^ -~]+" "u" width "${line}") # one column, however many bytes
    string(LENGTH "${width}" width)
    if(width GREATER 100 AND NOT line MATCHES "^ *(R?\"|#include|// NOLINT|///( \\||     ))")
      string(APPEND found "\n  ${file}: ${line}")
    endif()
  endforeach()
endforeach()
if(found)
  message(FATAL_ERROR "longer than 100 columns:${found}")
endif()
