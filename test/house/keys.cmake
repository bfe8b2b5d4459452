cmake_minimum_required(VERSION 3.25)
# The table of keys in FILE is the one that PROGRAM prints.
execute_process(COMMAND "${PROGRAM}" node --markdown OUTPUT_VARIABLE told COMMAND_ERROR_IS_FATAL ANY)
file(READ "${FILE}" text)
string(FIND "${text}" "${told}" at)
if(told STREQUAL "" OR at EQUAL -1)
  message(FATAL_ERROR "${FILE} has another table of keys than `caucus node --markdown` prints:\n${told}")
endif()
