cmake_minimum_required(VERSION 3.25)
# What HEADER includes, all the way down, has none of what the library's face promises to spare its users.
# INCLUDES: the include roots, with | between them.
string(REPLACE "|" ";-I" roots "-I${INCLUDES}")
file(WRITE "${WORK}/${NAME}.cpp" "#include <${HEADER}>\n")
execute_process(COMMAND "${COMPILER}" -std=c++20 ${roots} -M "${WORK}/${NAME}.cpp"
  OUTPUT_VARIABLE all COMMAND_ERROR_IS_FATAL ANY)
if(NOT all MATCHES "messages/result.hpp" OR NOT all MATCHES "caucus/${HEADER}|${HEADER}")
  message(FATAL_ERROR "<${HEADER}> was not read: ${all}")
endif()
string(REGEX MATCHALL "[^ \n]*/(caf|boost|openssl|SQLiteCpp|cereal|spdlog|prometheus|nlohmann|CLI|toml\\+\\+)/[^ \n]*|[^ \n]*/sqlite3[^ \n]*"
  found "${all}")
if(found)
  list(JOIN found "\n" found)
  message(FATAL_ERROR "<${HEADER}> brings along:\n${found}")
endif()
