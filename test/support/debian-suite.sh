# To be sourced by a script with `set -eu`. Gives it `apt_of_suite SUITE arguments…`: apt-get on a Debian suite that this machine need not
# follow, and the folder $work, which goes away with the script. The archive's address comes from this machine's own apt sources;
# apt's state is private, empty at first, so the machine's own stays untouched. What apt fetches has been checked against Debian's keys.
# shellcheck shell=sh

KEYS=/usr/share/keyrings/debian-archive-keyring

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

apt_of_suite() {
  suite=$1
  shift
  if [ ! -f "$work/sources.list" ]; then
    # shellcheck disable=SC2016
    archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u | head -n 1)
    [ -n "$archive" ] || { echo "apt knows no Debian archive; run apt-get update first" >&2; exit 1; }
    keyring=$KEYS.gpg # Debian 13 ships the same keys as .pgp
    [ -f "$keyring" ] || keyring=$KEYS.pgp
    echo "deb [signed-by=$keyring] $archive $suite main" >"$work/sources.list"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    : >"$work/status"
    apt_of_suite "$suite" update
  fi
  apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" -o Dir::Cache="$work/cache" \
    -o APT::Sandbox::User= -o Acquire::Languages=none "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
}
