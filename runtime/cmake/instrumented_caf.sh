#!/usr/bin/env bash
# instrumented_caf.sh PREFIX [JOBS]: libcaf_core of the installed libcaf-dev's version, built with TSan by
# clang, into PREFIX. With Debian's own library every actor's run looks like a race to TSan, as it does not
# see CAF's queues; and to suppress caf:: would hide our own races, which happen below CAF's frames.
# The source is Debian's source package, from where libcaf-dev came; the system's apt lists stay as they are.
set -euo pipefail
prefix=$(realpath -m "$1")
jobs=${2:-$(nproc)}
work=$prefix/work
rm -rf "$prefix"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
cd "$work"

version=$(dpkg-query -W -f='${source:Version}' libcaf-dev)
source=$(dpkg-query -W -f='${source:Package}' libcaf-dev)
# "500 URL SUITE/COMPONENT ARCHITECTURE Packages", the first that is not the installed one itself
LC_ALL=C apt-cache policy libcaf-dev |
  awk '$2 ~ /^[a-z+]+:/ && $3 ~ /\// { split($3, at, "/"); print "deb-src", $2, at[1], at[2] }' >sources.list
[ -s sources.list ] || { echo "apt does not know where libcaf-dev came from"; exit 1; }
apt=(apt-get -q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
  -o Acquire::Retries=3)
"${apt[@]}" update
# The authors' own archive without Debian's patches; apt checks it against Debian's signed list. Library
# and headers both come from it, and so agree whatever the patches change.
"${apt[@]}" source --tar-only "$source=$version"
mkdir source
tar -C source --strip-components 1 -xf "$source"_*.orig.tar.*

cmake -G Ninja -S "$work/source" -B "$work/build" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
  -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE='-O1 -gline-tables-only' \
  -DCMAKE_CXX_FLAGS=-fsanitize=thread \
  -DCAF_NO_IO=ON -DCAF_NO_OPENSSL=ON -DCAF_NO_TOOLS=ON -DCAF_NO_EXAMPLES=ON -DCAF_NO_UNIT_TESTS=ON
cmake --build "$work/build" -j "$jobs"
cmake --install "$work/build"
rm -rf "$work"
