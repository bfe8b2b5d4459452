cmake_minimum_required(VERSION 3.25)
# Who votes is asked of a committee. The genesis' list of members is read where the first one is made of it and where
# genesis files are read, printed and encoded, and nowhere else; no epoch is written down as a number but the first.
include("${CMAKE_CURRENT_LIST_DIR}/files.cmake")
# Other lists of that name: FILE, whose list it is there.
set(others
  "actors/consensus/consensus_actor.cpp|out|keys for checks; words about members"
  "actors/consensus/consensus_signer.cpp|with|keys for checks"
  "actors/consensus/consensus_status.cpp|of|words about members"
  "actors/consensus/consensus_status.cpp|said|whom a peer has links to"
  "actors/consensus/journal_codec.cpp|known|a mask"
  "actors/consensus/node_states.cpp|what|whom a peer has links to"
  "actors/consensus/voter.cpp|known|a mask"
  "actors/administration/administration.cpp|now|whom to dial"
  "actors/administration/administration_commands.cpp|what|words about members"
  "actors/administration/administration_view.cpp|out|words about members"
  "actors/notary/closing_check.cpp|what|an entry of the state"
  "actors/notary/notary_epochs.cpp|made|an entry of the state"
  "actors/peer_net/peer_manager.cpp|config_|whom to dial"
  "actors/peer_net/peer_manager_dials.cpp|config_|whom to dial"
  "actors/peer_net/peer_manager_directives.cpp|config_|whom to dial"
  "actors/peer_net/peer_manager_directives.cpp|now|whom to dial"
  "actors/peer_net/peer_manager_places.cpp|config_|whom to dial"
  "actors/presets.cpp|manager|whom to dial"
  "actors/survivors.cpp|from|what a genesis is made of"
  "actors/rpc/library_desk.cpp|begun|what a program is told"
  "apps/caucus/command_init.cpp|given|options"
  "apps/caucus/doctor_node.cpp|into|a status's count"
  "apps/caucus/doctor_node.cpp|running|a status's count"
  "apps/caucus/init_from.cpp|plan|what a genesis is made of"
  "apps/caucus/network_files.cpp|plan|what a genesis is written from"
  "runtime/archive/wire_closing.hpp|x|an entry of the state"
  "runtime/archive/wire_link.hpp|x|whom a peer has links to")
set(readers "^(messages/committee\\.cpp|runtime/archive/wire_genesis\\.hpp|runtime/genesis_(file|print)\\.cpp)$")
tree_files("${ROOT}" files)
list(FILTER files EXCLUDE REGEX "^test/")
set(found "")
set(reads 0)
foreach(file IN LISTS files)
  file(STRINGS "${ROOT}/${file}" lines REGEX "members|epoch *{")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "//.*" "" line "${line}")
    string(REGEX REPLACE "[][;\\]" ")" line "${line}") # a CMake list's own characters
    if(line MATCHES "(^|[^a-z_])(epoch *{ *[0-9]* *})")
      list(APPEND found "${file}: ${CMAKE_MATCH_2}")
    endif()
    # members() is a committee's.
    string(REGEX MATCHALL "[a-z_]*\\)*(\\.|->)members *[^a-z_( ]" all "${line},")
    foreach(one IN LISTS all)
      string(REGEX REPLACE "\\)*(\\.|->).*" "" whose "${one}")
      if(file MATCHES "${readers}")
        math(EXPR reads "${reads} + 1")
      else()
        set(known "${others}")
        list(FILTER known INCLUDE REGEX "^${file}\\|${whose}\\|")
        if(NOT known)
          list(APPEND found "${file}: ${whose}.members")
        endif()
      endif()
    endforeach()
  endforeach()
endforeach()
if(reads EQUAL 0)
  list(APPEND found "no read of the genesis' list at all: is this check still one?")
endif()
if(found)
  list(JOIN found "\n" found)
  message(FATAL_ERROR "ask a committee:\n${found}")
endif()
