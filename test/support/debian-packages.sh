#!/bin/sh
# Makes FOLDER the root of a file system with packages of a Debian suite and all that they depend on, down to the C library: unpacked,
# not installed, for no script of a package is run. FOLDER must not exist.
#
#   debian-packages.sh SUITE FOLDER PACKAGE…
set -eu

suite=$1
folder=$2
shift 2
# shellcheck source=test/support/debian-suite.sh
. "$(dirname "$0")/debian-suite.sh"

apt_of_suite "$suite" install --yes --download-only --no-install-recommends "$@"
# Unpacked beside, then renamed: whoever looks meanwhile sees all of it or nothing.
trap 'rm -rf "$work" "$folder.$$"' EXIT
for merged in bin sbin lib lib64; do
  mkdir -p "$folder.$$/usr/$merged"
  ln -s "usr/$merged" "$folder.$$/$merged"
done
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" >"$work/files.tar"
  tar --extract --keep-directory-symlink --file "$work/files.tar" --directory "$folder.$$"
done
mv "$folder.$$" "$folder"
