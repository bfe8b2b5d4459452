cmake_minimum_required(VERSION 3.25)
# Every line that a node logs at level error is on the page for operators, with what to do. A line is known
# by its first words: the first text of the call. What a call logs from elsewhere is listed here, with words
# of it.
set(elsewhere
  "core_.halted()|state diverged at height"
  "core().broken()|consensus.journal holds votes that no honest replica casts"
  "core().broken()|this member's own key"
  "core().broken()|another copy of this node runs"
  "core().broken()|two blocks of one height are certified"
  "core().status().problem|no block became final in"
  "error, trouble)|was deleted or moved"
  "alarm.text|this identity signs elsewhere, or this folder was set back")
set(PAGE "${ROOT}/apps/caucus/operating.md")
file(READ "${PAGE}" page)
string(REGEX REPLACE "[ \n]+" " " page "${page}")
file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/actors/*.cpp" "${ROOT}/runtime/*.cpp" "${ROOT}/apps/*.cpp")
list(FILTER files EXCLUDE REGEX "^runtime/log\\.cpp$") # which names the levels
if(NOT files)
  message(FATAL_ERROR "nothing to read in ${ROOT}")
endif()
set(found "")
set(calls 0)

function(look file statement)
  foreach(known IN LISTS elsewhere)
    string(REPLACE "|" ";" known "${known}")
    list(GET known 0 expression)
    list(GET known 1 words)
    string(FIND "${statement}" "${expression}" at)
    if(NOT at EQUAL -1)
      string(FIND "${page}" "${words}" there)
      if(there EQUAL -1)
        set(found "${found}\n${file}: ${words}" PARENT_SCOPE)
      endif()
      return()
    endif()
  endforeach()
  # The first text of some words; lines of one text are joined.
  string(REGEX REPLACE "\"[ \n]+\"" "" statement "${statement}")
  string(REGEX MATCHALL "\"[^\"]*\"" parts "${statement}")
  foreach(part IN LISTS parts)
    string(REGEX REPLACE "\"[ :]*" "" part "${part}")
    string(REGEX REPLACE "[ :]+$" "" part "${part}")
    string(LENGTH "${part}" size)
    if(size GREATER 9 AND part MATCHES " ")
      string(FIND "${page}" "${part}" there)
      if(there EQUAL -1)
        set(found "${found}\n${file}: ${part}" PARENT_SCOPE)
      endif()
      return()
    endif()
  endforeach()
  set(found "${found}\n${file}: no words of its own in: ${statement}" PARENT_SCOPE)
endfunction()

foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" text)
  string(REGEX REPLACE "[][\\]" " " text "${text}") # a CMake list's own characters
  string(REPLACE ";" "@" text "${text}")
  while(TRUE)
    string(FIND "${text}" "log_level::error" at)
    if(at EQUAL -1)
      break()
    endif()
    string(SUBSTRING "${text}" ${at} -1 text)
    string(FIND "${text}" "@" end)
    string(SUBSTRING "${text}" 0 ${end} statement)
    look("${file}" "${statement}")
    math(EXPR calls "${calls} + 1")
    string(SUBSTRING "${text}" 16 -1 text)
  endwhile()
endforeach()
if(calls EQUAL 0)
  message(FATAL_ERROR "no call found in ${ROOT}: is this check still one?")
endif()
if(found)
  message(FATAL_ERROR "logged at level error, and not in ${PAGE}:${found}")
endif()
