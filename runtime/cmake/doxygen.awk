# How Doxygen is to take our files; line numbers stay.
# A header's first comment, which stands in front of its namespace, is the file's: said on the empty line
# before it. The README of the top is the main page: there are others of its name.
FNR == 1 && FILENAME == ENVIRON["PWD"] "/README.md" { print $0 " {#mainpage}"; next }
# An actor's protocol stays a list.
/^ *\/\/\/ (Accepts|Answers|Emits|Lifetime|Thread|Source|Errors?|Precondition):|^\/\/\/ A restart loses/ {
  sub(/\/\/\/ /, "/// <br>")
}
# A manual's links: to another's heading, which has no such name here, becomes one to its page; to a header,
# one to what Doxygen makes of it.
FILENAME !~ /\.hpp$/ {
  while (match($0, /\.md#[a-z0-9-]*\)/)) $0 = substr($0, 1, RSTART + 2) substr($0, RSTART + RLENGTH - 1)
  while (match($0, /\]\([a-z_.\/]*\.hpp\)/)) {
    file = substr($0, RSTART + 2, RLENGTH - 3)
    sub(/.*\//, "", file)
    $0 = substr($0, 1, RSTART) "(@ref " file ")" substr($0, RSTART + RLENGTH)
  }
  print
  next
}
/^\/\/\/ / && !marked && empty { print "/// \\file"; marked = 1; print; empty = 0; next }
{ if (empty) print ""; empty = 0 }
/^$/ { empty = 1; next }
/^namespace/ { marked = 1 }
{ print }
END { if (empty) print "" }
