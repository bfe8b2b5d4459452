# Fails if ARCHIVE refers to CAF, Boost, a clock, randomness, a thread, a file or a socket.
set(listing "${CMAKE_CURRENT_BINARY_DIR}/purity-${NAME}.txt")
execute_process(COMMAND "${NM}" -C "${ARCHIVE}" OUTPUT_FILE "${listing}" COMMAND_ERROR_IS_FATAL ANY)
set(calls "open|openat|fopen|close|read|write|pread|pwrite|socket|connect|bind|accept|send|recv|poll|epoll_wait|select|rand|random|getrandom|time|gettimeofday|clock_gettime|nanosleep|pthread_create|fork|system|getenv|RAND_bytes|RAND_priv_bytes")
file(STRINGS "${listing}" symbols)
if(NOT symbols)
  message(FATAL_ERROR "nm lists nothing in ${ARCHIVE}")
endif()
file(STRINGS "${listing}" impure
  REGEX "caf::|boost::|_clock::now|random_device|std::j?thread|basic_[io]?fstream| U (${calls})(64)?$")
if(impure)
  list(JOIN impure "\n" impure)
  message(FATAL_ERROR "${ARCHIVE} is not pure:\n${impure}")
endif()
