#!/bin/sh
# Fetches the Compose v2 plugin into FOLDER/cli-plugins from a Debian suite that has it. Debian 12 does not, but the plugin of
# Debian 13 runs on it.
#
#   docker-compose-plugin.sh FOLDER
set -eu

folder=$1
# shellcheck source=test/support/debian-suite.sh
. "$(dirname "$0")/debian-suite.sh"

(cd "$work" && apt_of_suite trixie download docker-compose)
dpkg-deb -x "$work"/docker-compose_*.deb "$work/root"

mkdir -p "$folder/cli-plugins"
# Beside, then renamed: whoever looks meanwhile sees the whole file or none.
cp "$work/root/usr/libexec/docker/cli-plugins/docker-compose" "$folder/cli-plugins/.docker-compose.$$"
mv "$folder/cli-plugins/.docker-compose.$$" "$folder/cli-plugins/docker-compose"
