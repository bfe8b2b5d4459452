# tree_files(<root> <variable>): our sources and headers, by their paths from the root. Only the folders that the
# tree has: beside them lies whatever somebody tries there, and in them what a build makes.
function(tree_files root out)
  set(all "")
  foreach(folder IN ITEMS messages runtime actors apps test)
    file(GLOB_RECURSE some RELATIVE "${root}" "${root}/${folder}/*.hpp" "${root}/${folder}/*.cpp")
    list(APPEND all ${some})
  endforeach()
  list(FILTER all EXCLUDE REGEX "/(build|installed)[^/]*/")
  list(SORT all)
  set(${out} "${all}" PARENT_SCOPE)
endfunction()
