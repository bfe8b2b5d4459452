cmake_minimum_required(VERSION 3.25)
# Subjects of commits after FROM have at most 50 characters. Without a history that reaches so far, as in an
# archive or a shallow clone, there is nothing to look at, and it says so.
find_program(GIT git)
if(GIT)
  execute_process(COMMAND "${GIT}" -C "${ROOT}" log --no-merges "--format=%h %s" "${FROM}..HEAD"
    OUTPUT_VARIABLE lines RESULT_VARIABLE failed ERROR_QUIET)
endif()
if(NOT GIT OR failed)
  message("no history back to ${FROM}")
  return()
endif()
string(REGEX REPLACE "[][;\\]" " " lines "${lines}") # a CMake list's own characters
string(REGEX REPLACE "\n$" "" lines "${lines}")
string(REPLACE "\n" ";" lines "${lines}")
set(found "")
foreach(line IN LISTS lines)
  string(REGEX MATCH " .*" subject "${line}")
  string(LENGTH "${subject}" size)
  if(size GREATER 51) # with the blank before it
    string(APPEND found "\n  ${line}")
  endif()
endforeach()
if(found)
  message(FATAL_ERROR "subjects of more than 50 characters:${found}")
endif()
