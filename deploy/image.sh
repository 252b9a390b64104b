#!/bin/sh
# What the Dockerfile does, by hand, where no engine runs: the same build into an
# empty root, then a program of it as user 65532, without capabilities, on a
# read-only file system with a /tmp. It needs Go and Linux, no root.
#   deploy/image.sh [program's arguments, demo if none]
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- demo
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
mkdir "$root/tmp" "$root/data"
chmod 755 "$root"

VERSION="${VERSION:-devel}"
export VERSION
build="$(sed -n 's/^ *go build /go build /p' Dockerfile | sed "s#-o /out/otpworker#-o $root/otpworker#")"
CGO_ENABLED=0 sh -c "$build"
echo "image.sh: $(wc -c <"$root/otpworker") bytes, sha256 $(sha256sum <"$root/otpworker" | cut -c1-64)" >&2

# shellcheck disable=SC2016 # the inner shell expands it
inside='root=$1; shift
mount --bind "$root" "$root"
mount -t tmpfs -o size=8g,mode=1777 tmpfs "$root/tmp"
mount -o remount,ro,bind "$root"
export HOME=/ OTPWORKER_DATA_DIR=/data
if [ "$AS_ROOT" = yes ]; then
  exec chroot --userspec=65532:65532 "$root" /otpworker "$@"
fi
exec unshare --user --map-user=65532 --map-group=65532 --root="$root" /otpworker "$@"'
if [ "$(id -u)" = 0 ]; then
  AS_ROOT=yes unshare --mount sh -c "$inside" sh "$root" "$@"
else
  AS_ROOT=no unshare --user --map-root-user --mount sh -c "$inside" sh "$root" "$@"
fi
