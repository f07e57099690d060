#!/bin/sh
# mrtdreader-pcsc.sh -p NUMBER -b YYMMDD -e YYMMDD: the unmodified mrtdreader over PC/SC. Writes image.jpg to the current
# folder. NFC_PCSC_READER: part of a reader's name; NFC_PCSC_TRACE=1 prints APDUs; NFC_SHIM_SO: where the shim is built.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
SO=${NFC_SHIM_SO:-${TMPDIR:-/tmp}/nfc-pcsc-shim.$(id -u).so}
if ! [ "$SO" -nt "$HERE/nfc-pcsc-shim.c" ]; then
  # shellcheck disable=SC2046
  cc -shared -fPIC -O2 -w -o "$SO" "$HERE/nfc-pcsc-shim.c" $(pkg-config --cflags --libs libpcsclite)
fi
LD_PRELOAD="$SO" exec mrtdreader "$@"
