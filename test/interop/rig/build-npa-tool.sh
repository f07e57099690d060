#!/bin/sh
# build-npa-tool.sh SOURCES PREFIX
# Builds npa-tool of OpenSC 0.23 with libeac, which Debian's package leaves out; SOURCES is an unpacked source tree.
# Needs gcc make autoconf automake libtool pkg-config gengetopt libpcsclite-dev libeac-dev libssl-dev libreadline-dev zlib1g-dev.
set -eu
SOURCES=$(cd "$1" && pwd)
PREFIX=$(mkdir -p "$2" && cd "$2" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
cd "$SOURCES"
# OpenSSL 3 refuses to write a template that is optional and absent, so every MSE:Set AT without a CHAT fails
patch --forward -p1 <"$HERE/opensc-0.23-openssl3.patch"
autoreconf -fi
./configure --prefix="$PREFIX" --sysconfdir="$PREFIX/etc" --with-completiondir="$PREFIX/completion" \
  --enable-openpace --disable-man --disable-doc --disable-notify --disable-tests CFLAGS="-O1 -Wno-error -Wl,-rpath,$PREFIX/lib"
make -j"$(nproc)"
make install
echo "NPA_TOOL=$PREFIX/bin/npa-tool"
