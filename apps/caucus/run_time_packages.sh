#!/bin/sh
# run_time_packages.sh PROGRAM: the Debian packages that PROGRAM needs to run, one a line; elsewhere, and for
# what no package has, the files of its libraries.
set -eu
ldd "$1" | sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p' | sort -u | while IFS= read -r file; do
  package=''
  if command -v dpkg-query >/dev/null; then
    # Where /lib is a link to /usr/lib, a package may name either.
    package=$(dpkg-query -S "$(readlink -f "$file")" "$file" "/usr$file" "${file#/usr}" 2>/dev/null |
      sed -n '1s/^\([a-z0-9.+-]*\).*/\1/p' || true)
  fi
  printf '%s\n' "${package:-$file}"
done | sort -u
