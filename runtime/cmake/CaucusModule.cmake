# caucus_module(<name> [PATH <folder>] [NO_INSTALL] [PUBLISH <header>]
#               [HEADERS ...] [INNER ...] [SOURCES ...] [PUBLIC ...] [PRIVATE ...] [PRECOMPILE <header> ...])
#
# Makes the target caucus::<name> of the files in this folder; PUBLIC and PRIVATE list what it
# links, and so all of ours that it can include. PATH is the folder's place in the tree (default:
# where this is called). A folder may hold two targets, a core and its shell.
#
# In the tree an include is the header's path from the root: "runtime/topology.hpp". Every target has
# an include root of its own with one symlink a header, so that a header of a target that is not
# linked does not exist for the compiler, though it may lie in the same folder.
# Installed, the same headers lie below caucus/ and include one another as <caucus/...>, lest they
# take a user's own "messages/...": quotes stand for ours alone, so one replacement does it.
#
# INNER headers are for the tree alone: what is installed does not include them.
#
# Whoever writes as users do, as apps/examples/, may say <caucus/...> in the tree as well. PUBLISH names a
# header that is also <caucus/HEADER>, wherever it lies.
#
# PRECOMPILE takes headers of libraries, in angle brackets or by full path; shells and the runtime may
# use it, cores must not: what is precompiled is visible whatever the include roots say.

include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CAUCUS_MODULE_DIR "${CMAKE_CURRENT_LIST_DIR}")
option(CAUCUS_VERIFY_HEADERS "Compile every header on its own" OFF)

# ccache in such a way that its results hold for any checkout and also with precompiled headers.
function(caucus_compile_through_ccache)
  if(NOT CAUCUS_CCACHE OR CMAKE_CXX_COMPILER_LAUNCHER)
    return()
  endif()
  find_program(CAUCUS_CCACHE_PROGRAM ccache)
  mark_as_advanced(CAUCUS_CCACHE_PROGRAM)
  if(CAUCUS_CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}"
      CCACHE_NOHASHDIR=1 "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
      "${CAUCUS_CCACHE_PROGRAM}" PARENT_SCOPE)
  endif()
endfunction()

# Of an install script: writes ${text} to ${caucus_to} below the prefix.
set(caucus_write_installed [=[
        set(caucus_at "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${caucus_to}")
        message(STATUS "Installing: ${caucus_at}")
        file(WRITE "${caucus_at}" "${text}")
        file(CHMOD "${caucus_at}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
        list(APPEND CMAKE_INSTALL_MANIFEST_FILES "${CMAKE_INSTALL_PREFIX}/${caucus_to}")
]=])

# Whatever is installed: all but the tests. `./dev build` and `./dev demo` build this.
add_custom_target(programs)

# What holds for all our own code and for nobody else's.
function(caucus_own_code target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
    # g++ 12 sees uninitialized reads in every optional that it inlines; clang and valgrind do not.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    "-ffile-prefix-map=${PROJECT_BINARY_DIR}/=" "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()

# clang-tidy refuses another compiler's precompiled headers, and sees more without any.
function(caucus_precompile target)
  if(ARGN AND CAUCUS_PRECOMPILED_HEADERS AND NOT CMAKE_CXX_CLANG_TIDY)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

function(caucus_module name)
  cmake_parse_arguments(PARSE_ARGV 1 M "NO_INSTALL" "PATH;PUBLISH" "HEADERS;INNER;SOURCES;PUBLIC;PRIVATE;PRECOMPILE")
  if(M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "caucus_module(${name}): unknown ${M_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT M_PATH)
    file(RELATIVE_PATH M_PATH "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  set(target caucus_${name})
  if(M_SOURCES)
    add_library(${target} ${M_SOURCES})
    set(scope PUBLIC)
    caucus_own_code(${target})
    # For a host that is itself a shared library.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(${target} PRIVATE ${M_PRIVATE})
    caucus_precompile(${target} ${M_PRECOMPILE})
    if(CMAKE_CXX_CLANG_TIDY) # read again when the rules change
      set_property(SOURCE ${M_SOURCES} APPEND PROPERTY OBJECT_DEPENDS "${PROJECT_SOURCE_DIR}/.clang-tidy")
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(caucus::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_link_libraries(${target} ${scope} ${M_PUBLIC})

  set(root "${PROJECT_BINARY_DIR}/include/${name}")
  file(REMOVE_RECURSE "${root}") # a header that was renamed leaves no link behind
  file(MAKE_DIRECTORY "${root}/${M_PATH}")
  foreach(header IN LISTS M_HEADERS M_INNER)
    file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}/${header}" "${root}/${M_PATH}/${header}" SYMBOLIC)
  endforeach()
  file(CREATE_LINK "${root}" "${root}/caucus" SYMBOLIC)
  if(M_PUBLISH)
    file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}/${M_PUBLISH}" "${root}/${M_PUBLISH}" SYMBOLIC)
  endif()
  target_include_directories(${target} ${scope}
    "$<BUILD_INTERFACE:${root}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  # What test/house reads: which file belongs to which target.
  set_property(GLOBAL APPEND PROPERTY CAUCUS_MODULES ${name})
  set(files ${M_HEADERS} ${M_INNER})
  list(TRANSFORM files PREPEND "${M_PATH}/")
  list(TRANSFORM M_SOURCES PREPEND "${M_PATH}/" OUTPUT_VARIABLE sources)
  set_target_properties(${target} PROPERTIES CAUCUS_PATH "${M_PATH}" CAUCUS_FILES "${files};${sources}")
  if(CAUCUS_VERIFY_HEADERS)
    caucus_verify_headers(${name} "${M_PATH}" ${M_HEADERS} ${M_INNER})
  endif()
  if(NOT M_NO_INSTALL)
    install(TARGETS ${target} EXPORT caucus)
    add_dependencies(programs ${target})
    list(TRANSFORM M_HEADERS PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
    # Straight to where they belong: the build folder may be another user's, or read only.
    install(CODE "
      set(headers \"${M_HEADERS}\")
      foreach(header IN LISTS headers)
        file(READ \"\${header}\" text)
        string(REGEX REPLACE \"(#[ \\t]*include) \\\"([^\\\"]+)\\\"\" \"\\\\1 <caucus/\\\\2>\" text \"\${text}\")
        cmake_path(GET header FILENAME file)
        set(caucus_to \"${CMAKE_INSTALL_INCLUDEDIR}/caucus/${M_PATH}/\${file}\")
${caucus_write_installed}
      endforeach()")
    if(M_PUBLISH)
      set(published "${PROJECT_BINARY_DIR}/published/caucus/${M_PUBLISH}")
      file(CONFIGURE OUTPUT "${published}" CONTENT "#pragma once\n\n#include <caucus/${M_PATH}/${M_PUBLISH}>\n")
      install(FILES "${published}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/caucus")
    endif()
  endif()
endfunction()

# A header compiles with what its own target gives its users, and nothing before it.
function(caucus_verify_headers name path)
  set(sources "")
  foreach(header IN LISTS ARGN)
    set(source "${PROJECT_BINARY_DIR}/verify/${name}/${header}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include \"${path}/${header}\"\n")
    list(APPEND sources "${source}")
  endforeach()
  add_library(caucus_${name}_headers OBJECT ${sources})
  caucus_own_code(caucus_${name}_headers)
  target_link_libraries(caucus_${name}_headers PRIVATE caucus::${name})
  set_target_properties(caucus_${name}_headers PROPERTIES CXX_CLANG_TIDY "") # it reads them where they are used
endfunction()

# The package: find_package(caucus CONFIG) from outside. Relocatable; brings its finder along.
function(caucus_install)
  set(where "${CMAKE_INSTALL_LIBDIR}/cmake/caucus")
  configure_package_config_file("${CAUCUS_MODULE_DIR}/caucus-config.cmake.in"
    "${PROJECT_BINARY_DIR}/caucus-config.cmake" INSTALL_DESTINATION "${where}")
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/caucus-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
  install(EXPORT caucus NAMESPACE caucus:: DESTINATION "${where}" FILE caucus-targets.cmake)
  install(FILES "${PROJECT_BINARY_DIR}/caucus-config.cmake"
    "${PROJECT_BINARY_DIR}/caucus-config-version.cmake" "${CAUCUS_MODULE_DIR}/FindCAF.cmake"
    "${CAUCUS_MODULE_DIR}/FindSodium.cmake"
    DESTINATION "${where}")
  # The manuals, in folders as here, so that their links hold.
  set(manuals "${CMAKE_INSTALL_DATADIR}/doc/caucus")
  install(FILES README.md LICENSE CHANGELOG.md DESTINATION "${manuals}")
  install(FILES runtime/genesis.md DESTINATION "${manuals}/runtime")
  install(FILES apps/caucus/README.md apps/caucus/operating.md DESTINATION "${manuals}/apps/caucus")
  install(FILES actors/rpc/README.md DESTINATION "${manuals}/actors/rpc")
  install(FILES messages/proofs.md DESTINATION "${manuals}/messages")
  install(DIRECTORY apps/examples DESTINATION "${manuals}/apps")
  # The list of files goes below the prefix. CMake's own would be written into the build folder, which may
  # be another user's or read only: so its script ends here. In a project around this one only ours does.
  install(CODE "
    set(caucus_to \"${CMAKE_INSTALL_DATADIR}/caucus/install_manifest.txt\")
    list(JOIN CMAKE_INSTALL_MANIFEST_FILES \"\\n\" text)
    string(APPEND text \"\\n\")
${caucus_write_installed}
    return()")
endfunction()
