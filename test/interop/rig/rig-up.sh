#!/bin/sh
# rig-up.sh DIR [BASEPORT] [READERS] [NAME]
# One private pcscd with vpcd in DIR; prints the variable that clients must export.
# Each reader has 2 slots: reader i listens on BASEPORT+2i and BASEPORT+2i+1 (8 readers at most).
# RIG_LOG="--info --apdu" logs every APDU to DIR/log (slower).
set -eu
DIR=$(mkdir -p "$1" && cd "$1" && pwd)
PORT=${2:-35963}
READERS=${3:-1}
NAME=${4:-"Virtual PCD"}
HERE=$(cd "$(dirname "$0")" && pwd)
if [ -s "$DIR/pid" ] && kill -0 "$(cat "$DIR/pid")" 2>/dev/null; then
  echo "already up: $DIR" >&2
  exit 1
fi
mkdir -p "$DIR/run" "$DIR/conf" /run/pcscd
rm -f "$DIR"/run/* "$DIR"/conf/*

# libifdvpcd keeps its slots in globals that ignore the reader index: two readers on one file share sockets and hang,
# so every reader loads its own copy of the driver.
i=0
while [ $i -lt "$READERS" ]; do
  port=$((PORT + 2 * i))
  [ "$READERS" = 1 ] && name="$NAME" || name="$NAME $i"
  cp -L /usr/lib/pcsc/drivers/serial/libifdvpcd.so "$DIR/ifd$i.so"
  printf 'FRIENDLYNAME "%s"\nDEVICENAME /dev/null:%d\nLIBPATH %s\nCHANNELID %d\n' \
    "$name" $port "$DIR/ifd$i.so" $port >>"$DIR/conf/vpcd"
  i=$((i + 1))
done

PRELOAD=
if [ ! -s "$DIR/nodelay.so" ] && command -v cc >/dev/null; then
  cc -shared -fPIC -O2 -o "$DIR/nodelay.so" "$HERE/nodelay.c" -ldl
fi
[ -s "$DIR/nodelay.so" ] && PRELOAD="$DIR/nodelay.so"

# The daemon's /run/pcscd is compiled in; in a mount namespace of its own it is DIR/run, so many can run.
unshare -m sh -c 'mount --bind "$1" /run/pcscd &&
  LD_PRELOAD="$3" exec /usr/sbin/pcscd --foreground ${RIG_LOG:---info} --config "$2"' \
  rig "$DIR/run" "$DIR/conf" "$PRELOAD" >"$DIR/log" 2>&1 </dev/null &
echo $! >"$DIR/pid"

tries=0
until [ -S "$DIR/run/pcscd.comm" ] && grep -q 'daemon ready' "$DIR/log"; do
  if ! kill -0 "$(cat "$DIR/pid")" 2>/dev/null || [ $tries -ge 50 ]; then
    cat "$DIR/log" >&2
    exit 1
  fi
  sleep 0.1
  tries=$((tries + 1))
done
if grep -q 'Could not initialize connection to virtual ICC' "$DIR/log"; then
  echo "port taken, see $DIR/log" >&2
  kill "$(cat "$DIR/pid")"
  exit 1
fi
echo "PCSCLITE_CSOCK_NAME=$DIR/run/pcscd.comm"
