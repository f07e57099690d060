#!/bin/sh
# rig-down.sh DIR: stops the pcscd that rig-up.sh started there (SIGTERM, SIGKILL after 2 s)
set -eu
[ -s "$1/pid" ] || exit 0
pid=$(cat "$1/pid")
kill "$pid" 2>/dev/null || { rm -f "$1/pid"; exit 0; }
tries=0
while kill -0 "$pid" 2>/dev/null && [ "$(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null || echo Z)" != Z ]; do
  tries=$((tries + 1))
  [ $tries -lt 20 ] || { kill -9 "$pid"; break; }
  sleep 0.1
done
rm -f "$1/pid" "$1"/run/*
