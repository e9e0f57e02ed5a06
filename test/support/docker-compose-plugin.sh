#!/bin/sh
# Fetches the Compose v2 plugin into FOLDER/cli-plugins from a Debian suite that has it. Debian 12 does not, but the plugin of
# Debian 13 runs on it. The archive's address comes from this machine's own apt sources, whose settings stay untouched.
#
#   docker-compose-plugin.sh FOLDER
set -eu

SUITE=trixie
KEYS=/usr/share/keyrings/debian-archive-keyring

folder=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2016
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -n 1)
[ -n "$archive" ] || { echo "apt knows no Debian archive; run apt-get update first" >&2; exit 1; }
keyring=$KEYS.gpg # Debian 13 ships the same keys as .pgp
[ -f "$keyring" ] || keyring=$KEYS.pgp
echo "deb [signed-by=$keyring] $archive $SUITE main" >"$work/sources.list"

with_suite() {
  apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User= -o Acquire::Languages=none "$@"
}

mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$folder"
with_suite update >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
(cd "$work" && with_suite download docker-compose) >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
dpkg-deb -x "$work"/docker-compose_*.deb "$work/root"

mkdir -p "$folder/cli-plugins"
# Beside, then renamed: whoever looks meanwhile sees the whole file or none.
cp "$work/root/usr/libexec/docker/cli-plugins/docker-compose" "$folder/cli-plugins/.docker-compose.$$"
mv "$folder/cli-plugins/.docker-compose.$$" "$folder/cli-plugins/docker-compose"
