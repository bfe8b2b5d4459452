cmake_minimum_required(VERSION 3.25)
# Reads the includes below ROOT. CORES: a file that lists the files of the cores.
#  - Everywhere: ours in quotes and by their path from the root, others in angle brackets.
#  - In cores, beside ours: tl::expected and, of the standard library, what has no thread, clock of its
#    own, randomness or I/O. base's sources may use OpenSSL and libsodium, the archives cereal; a ring may have a
#    mutex, for producers that are foreign threads.
#  - Each library only where its job is done, so that it can be exchanged there.
#  - <cereal/types/...> nowhere: they trust lengths from the wire.
#  - A file of ours includes its own folder's and those of layers below: so no two folders include one another. No
#    actor's folder includes another actor's.
file(READ "${CORES}" cores)
set(ours "^\"(messages|runtime|actors|apps|test)/[a-z0-9_/]+\\.hpp\"$")
set(core_may "^<(tl/expected\\.hpp|[a-z_]+)>$")
set(core_must_not "^<(thread|stop_token|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|random|fstream|iostream|filesystem|ctime)>$")
set(core_besides "^(runtime/base/[a-z0-9_]+\\.cpp: <openssl/|runtime/base/ed25519\\.cpp: <sodium|runtime/archive/[a-z0-9_]+\\.[ch]pp: <cereal/|runtime/base/(mailbox|ring)\\.hpp: <mutex>)")

# A library's headers, and the files that may include them.
set(places
  "<caf/"        "^runtime/[a-z0-9_]+\\.[ch]pp$"
  "<boost/"      "^(runtime/[a-z0-9_]+\\.[ch]pp|actors/|apps/|test/)"
  "<openssl/"    "^(runtime/base/[a-z0-9_]+\\.cpp|runtime/[a-z0-9_]+\\.[ch]pp|actors/peer_net/|test/)"
  "<sodium"      "^runtime/base/ed25519\\.cpp$"
  "<cereal/"     "^(runtime/archive/|test/)"
  "<toml\\+\\+/" "^runtime/[a-z0-9_]+\\.[ch]pp$"
  "<spdlog/"     "^runtime/[a-z0-9_]+\\.[ch]pp$"
  "<prometheus/" "^runtime/[a-z0-9_]+\\.[ch]pp$"
  "<(SQLiteCpp/|sqlite3\\.h)" "^(runtime/[a-z0-9_]+\\.[ch]pp$|actors/[a-z_]+/[a-z]+_store\\.cpp$|test/)"
  "<nlohmann/"   "^(runtime/commands/|actors/[a-z_]+/[a-z_]+_(commands|json|status)\\.cpp$|apps/|test/)"
  "<CLI/"        "^(apps/|test/)"
  "<(catch2/|rapidcheck|benchmark/)" "^test/")

# Whoever adds a folder says here what lies below it. The first row that fits counts.
set(layers "^messages/[^/]+$" "^runtime/base/" "^runtime/archive/" "^runtime/variables/" "^runtime/membership/" "^runtime/[^/]+$" "^runtime/commands/" "^actors/notary_line\\.[ch]pp$"
  "^actors/[a-z0-9_]+/" "^actors/[^/]+$"
  "^apps/" "^test/")
# layer(<file> <variable>): from 0; -1: it has none.
function(layer file out)
  set(index 0)
  foreach(row IN LISTS layers)
    if(file MATCHES "${row}")
      set(${out} ${index} PARENT_SCOPE)
      return()
    endif()
    math(EXPR index "${index} + 1")
  endforeach()
  set(${out} -1 PARENT_SCOPE)
endfunction()

# climbs(<file> <included> <variable>): the included file does not lie below the file.
function(climbs file included out)
  set(${out} TRUE PARENT_SCOPE)
  layer("${file}" own)
  layer("${included}" other)
  if(own LESS 0 OR other LESS 0 OR other GREATER own)
    return()
  endif()
  if(included MATCHES "^(actors/[a-z0-9_]+)/")
    set(actor "${CMAKE_MATCH_1}")
    if(file MATCHES "^actors/[a-z0-9_]+/" AND NOT file MATCHES "^${actor}/")
      return()
    endif()
  endif()
  set(${out} FALSE PARENT_SCOPE)
endfunction()

function(judge file what out)
  set(${out} FALSE PARENT_SCOPE)
  if(what MATCHES "${ours}")
    string(REPLACE "\"" "" included "${what}")
    climbs("${file}" "${included}" bad)
    set(${out} ${bad} PARENT_SCOPE)
    return()
  endif()
  set(${out} TRUE PARENT_SCOPE)
  if(what MATCHES "^\"|\\.\\.|^<cereal/types/")
    return()
  endif()
  if(file IN_LIST cores AND NOT "${file}: ${what}" MATCHES "${core_besides}"
     AND (NOT what MATCHES "${core_may}" OR what MATCHES "${core_must_not}"))
    return()
  endif()
  set(rows ${places})
  while(rows)
    list(POP_FRONT rows library place)
    if(what MATCHES "^${library}" AND NOT file MATCHES "${place}")
      return()
    endif()
  endwhile()
  set(${out} FALSE PARENT_SCOPE)
endfunction()

include("${CMAKE_CURRENT_LIST_DIR}/files.cmake")
tree_files("${ROOT}" files)
list(FILTER files EXCLUDE REGEX "^test/install/(consumer|readme)/|^apps/examples/") # written as users write
if(NOT files)
  message(FATAL_ERROR "nothing to read in ${ROOT}")
endif()
set(found "")
foreach(file IN LISTS files)
  file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*([<\"][^>\"]*[>\"]).*" "\\1" what "${line}")
    judge("${file}" "${what}" bad)
    if(bad)
      list(APPEND found "${file}: ${what}")
    endif()
  endforeach()
endforeach()
if(found)
  list(JOIN found "\n" found)
  message(FATAL_ERROR "forbidden includes:\n${found}")
endif()
