#!/bin/sh
# Sets up four hubs and two devices in the folder DIR, has the devices report, shows what is refused,
# and ends all of it. What an operator would type, with checks: fleet.sh DIR [FIRST_PORT]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
caucus=${CAUCUS:-caucus}
dir=${1:?usage: fleet.sh DIR [FIRST_PORT]}
port=${2:-7400}
running=""

finish() {
  for one in $running; do kill "$one" 2>/dev/null || true; done
  for one in $running; do wait "$one" 2>/dev/null || true; done
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n== %s\n' "$*"; }

# start NAME: runs the node in $dir/NAME until the end of this script; waits until it is ready.
start() {
  "$caucus" node --config "$dir/$1" >"$dir/$1.out" 2>"$dir/$1.log" &
  running="$running $!"
  last=$!
  while ! grep -qs ready "$dir/$1.out"; do
    kill -0 "$last" 2>/dev/null || { cat "$dir/$1.log" >&2; exit 1; }
    sleep 0.1
  done
  echo "$1 runs"
}

# refused COMMAND...: the group must refuse it, which is exit code 3.
refused() {
  code=0
  "$@" || code=$?
  [ "$code" -eq 3 ] || { echo "exit code $code, not 3 (refused): $*" >&2; exit 1; }
}

say "four hubs: keys, addresses, one genesis"
"$caucus" init "$dir" --nodes 4 --base-port "$port" --genesis "$here/genesis.toml" >/dev/null
for hub in node0 node1 node2 node3; do start "$hub"; done
hub3=$last

say "two devices: a key, the genesis and a configuration each"
for device in boiler attic; do
  mkdir "$dir/$device"
  "$caucus" keygen "$dir/$device/identity.key" >"$dir/$device/id"
  cp "$dir/genesis.toml" "$dir/$device/"
  sed "s/127.0.0.1:7400/127.0.0.1:$port/" "$here/device.toml" >"$dir/$device/node.toml"
  start "$device"
done
boiler=$(cat "$dir/boiler/id")
attic=$(cat "$dir/attic/id")

say "a hub enters them"
"$caucus" propose --config "$dir/node0" devices insert "$boiler"
"$caucus" propose --config "$dir/node0" devices insert "$attic"

say "each device reports"
"$caucus" propose --config "$dir/boiler" readings put temperature 61.5
"$caucus" propose --config "$dir/attic" readings put temperature 17.0
"$caucus" propose --config "$dir/attic" readings put humidity 48
"$caucus" propose --config "$dir/attic" events post "window opened"

say "what is not theirs is refused, whatever program they run"
refused "$caucus" propose --config "$dir/attic" readings put "$boiler/temperature" 99.0
refused "$caucus" propose --config "$dir/attic" target add 1
refused "$caucus" propose --config "$dir/attic" devices erase "$boiler"

say "a hub heats, within the limits"
"$caucus" propose --config "$dir/node1" target add 2
refused "$caucus" propose --config "$dir/node1" target add 10

say "the boiler reads the target, proven to it by a quorum's signatures"
"$caucus" get --config "$dir/boiler" target --fresh

say "all readings, to keep and to check anywhere without a node"
"$caucus" get --config "$dir/node2" readings --fresh --json >"$dir/readings.json"
"$caucus" verify --genesis "$dir/genesis.toml" "$dir/readings.json"

say "one of four hubs is gone, and the fleet goes on"
kill -KILL "$hub3"
"$caucus" propose --config "$dir/attic" readings put temperature 17.5

say "what happened, in the order that all agree on"
"$caucus" log --config "$dir/attic"
