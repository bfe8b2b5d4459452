# CAF 1.x brings a CMake package; 0.17, which Debian ships, has none. Either way: CAF::<component>.
if(NOT CAF_core_LIBRARY) # one of one's own choice
  find_package(CAF CONFIG QUIET COMPONENTS ${CAF_FIND_COMPONENTS})
endif()
if(CAF_core_LIBRARY AND NOT EXISTS "${CAF_core_LIBRARY}" AND CMAKE_CXX_FLAGS MATCHES "-fsanitize=thread")
  message(FATAL_ERROR "There is no CAF built with TSan at ${CAF_core_LIBRARY}: `./dev tsan` makes it")
endif()
if(NOT TARGET CAF::core)
  find_path(CAF_INCLUDE_DIR caf/all.hpp)
  mark_as_advanced(CAF_INCLUDE_DIR)
  foreach(component IN LISTS CAF_FIND_COMPONENTS)
    find_library(CAF_${component}_LIBRARY caf_${component})
    mark_as_advanced(CAF_${component}_LIBRARY)
    if(CAF_${component}_LIBRARY AND CAF_INCLUDE_DIR)
      add_library(CAF::${component} UNKNOWN IMPORTED)
      set_target_properties(CAF::${component} PROPERTIES
        IMPORTED_LOCATION "${CAF_${component}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
      set(CAF_${component}_FOUND TRUE)
    endif()
  endforeach()
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(CAF REQUIRED_VARS CAF_INCLUDE_DIR HANDLE_COMPONENTS)
endif()
