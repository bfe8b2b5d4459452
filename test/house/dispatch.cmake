cmake_minimum_required(VERSION 3.25)
# Matching on a variant is exhaustive, so that the compiler finds a kind that is forgotten:
#  - by std::visit, with `overloaded` or with overloads. No handler of an `overloaded` takes `auto`, no lambda
#    has an `auto` that it does not even name, and no visitor asks for its argument's type: each would take
#    new kinds as well. Kinds that are nothing to a place are named: `ignored<...>`.
#  - Who asks for one kind alone, on purpose, is listed here with how often and why.
#  - No variant holds std::monostate: it would be one more kind for everybody. What may be absent is optional.
set(asked
  "messages/mutation.cpp|1|only bytes have a size of their own"
  "runtime/config_key.hpp|10|a key's codec takes the one type of value that its field has, others are errors"
  "runtime/toml_file.cpp|1|text is cut, all else printed"
  "actors/administration/administration_view.cpp|1|of a petition about the rules it is shown which"
  "actors/caucus_directive.cpp|2|retire is one's own, and rules are checked by value"
  "actors/consensus/own_votes.hpp|1|each kind of vote is asked for, of a view that at most one of them ends"
  "actors/notary_line.cpp|2|of what is open a proposal alone must not be asked twice"
  "actors/consensus/consensus_hear.cpp|6|a response of the kind that was asked for, any other is as none"
  "actors/consensus/voter.cpp|1|blocks alone have descendants"
  "actors/notary/notary.cpp|1|a halted notary answers its askers alone"
  "actors/notary/notary_actor.cpp|2|a fresh read without a nonce gets one, a status what the files know"
  "actors/notary/notary_commands.cpp|2|an argument is an integer or bytes"
  "actors/consensus/epochs.cpp|8|what it keeps for the next core, and which records end a doubt"
  "actors/administration/administration.cpp|9|who enters, who is kicked by proof, that a move is no directive, and that programs judge rules"
  "actors/survivors.cpp|2|a journal holds more than batches"
  "messages/accusation.cpp|2|votes and proposals alone are of an epoch"
  "runtime/membership/membership_rules.cpp|10|who leaves, by its own wish or by proof, that the state judges rules, once a block, and that C++ rules need all members"
  "actors/notary/notary_serving.cpp|2|a batch, or a part of a snapshot, that was asked for"
  "actors/notary/snapshot_fetch.cpp|10|a response of the kind that was asked for, any other is as none, as is an end that came too late"
  "actors/notary/peer_serving.cpp|1|how many pages one link waits for"
  "actors/notary/reads_fresh.cpp|3|a response of the kind that was asked for, any other is as none"
  "actors/notary/request_times.cpp|1|the time between final blocks"
  "actors/peer_net/peer_net_actor.cpp|1|only a hello may want another's place"
  "apps/caucus/load_actor.cpp|1|it proposes, and nothing else")

set(found "")
set(handled 0) # `overloaded`s that were looked at
set(counted 0)

# The text of one file, without strings and comments, and without a CMake list's own characters.
function(read_code file out)
  file(READ "${ROOT}/${file}" text)
  string(REPLACE "\\\"" "'" text "${text}")
  string(REGEX REPLACE "[][\\]" "~" text "${text}")
  string(REPLACE ";" "@" text "${text}")
  string(REGEX REPLACE "\"[^\"\n]*\"" "" text "${text}")
  string(REGEX REPLACE "'[{}]'" "" text "${text}")
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# What stands between the braces of an `overloaded`, but not between further ones: how its handlers begin.
# `text` begins behind the first brace.
function(heads_of text out)
  set(depth 1)
  set(heads "")
  while(depth GREATER 0)
    string(REGEX MATCH "^[^{}]*[{}]" part "${text}")
    if(part STREQUAL "")
      break()
    endif()
    string(LENGTH "${part}" size)
    string(SUBSTRING "${text}" ${size} -1 text)
    if(depth EQUAL 1)
      string(APPEND heads "${part}")
    endif()
    if(part MATCHES "{$")
      math(EXPR depth "${depth} + 1")
    else()
      math(EXPR depth "${depth} - 1")
    endif()
  endwhile()
  set(${out} "${heads}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/messages/*.?pp" "${ROOT}/runtime/*.?pp" "${ROOT}/actors/*.?pp"
  "${ROOT}/apps/*.?pp")
list(FILTER files EXCLUDE REGEX "^apps/examples/")
if(NOT files)
  message(FATAL_ERROR "nothing to read in ${ROOT}")
endif()
list(SORT files)
foreach(file IN LISTS files)
  read_code("${file}" text)
  if(text MATCHES "std::monostate")
    string(APPEND found "\n  ${file} has std::monostate")
  endif()
  if(text MATCHES "~ *\\((const )?auto *&*( */\\*[^*]*\\*/)?\\) *(->|mutable|{)")
    string(APPEND found "\n  ${file} has a lambda that takes anything, and does not name it")
  endif()
  if(text MATCHES "is_same(_v)?<[^\n]*decltype")
    string(APPEND found "\n  ${file} asks for its argument's type")
  endif()
  string(REGEX MATCHALL "(get_if|holds_alternative)<" all "${text}")
  list(LENGTH all count)
  math(EXPR counted "${counted} + ${count}")
  set(allowed 0)
  foreach(one IN LISTS asked)
    string(REGEX MATCH "^${file}\\|([0-9]+)\\|" match "${one}")
    if(match)
      set(allowed ${CMAKE_MATCH_1})
    endif()
  endforeach()
  if(NOT count EQUAL allowed)
    string(APPEND found "\n  ${file} asks ${count} times for one kind, ${allowed} are listed")
  endif()
  while(TRUE)
    string(FIND "${text}" "overloaded{" at)
    if(at EQUAL -1)
      break()
    endif()
    math(EXPR at "${at} + 11")
    string(SUBSTRING "${text}" ${at} -1 text)
    heads_of("${text}" heads)
    math(EXPR handled "${handled} + 1")
    if(heads MATCHES "\\((const )?auto[ &]")
      string(APPEND found "\n  ${file} has a handler that takes auto")
    endif()
  endwhile()
endforeach()
foreach(one IN LISTS asked)
  string(REGEX REPLACE "\\|.*" "" file "${one}")
  if(NOT file IN_LIST files)
    string(APPEND found "\n  ${file} is listed, and not there")
  endif()
endforeach()
if(handled EQUAL 0 OR counted EQUAL 0)
  string(APPEND found "\n  nothing to look at: is this check still one?")
endif()
if(found)
  message(FATAL_ERROR "Not every kind is named:${found}\nsee test/house/dispatch.cmake")
endif()
