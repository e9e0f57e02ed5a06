#!/bin/sh
# Makes the base images for docker/Dockerfile where no image registry can be reached: Debian by debootstrap from the mirrors that
# this machine's own apt uses, Node from its npm package, the certificates that this machine trusts. Needs root, debootstrap, npm
# and a Docker engine (DOCKER_HOST is honoured). The images are kept as one archive, named by the hash of all that went in; a
# second run loads that. Two runs at once wait for each other.
#
#   docker/offline-base/build.sh            make the images, or load them from the cache
#   docker/offline-base/build.sh --refresh  make them anew, with the mirrors' present packages
#   docker/offline-base/build.sh --key      print the archive's key and do nothing
set -eu

SUITE=bookworm
NODE_VERSION=24.21.0 # npm package node-linux-*: what the npm package "node" installs; it brings the headers too
NPM_VERSION=11.21.2
REPOSITORY=locum-base
TARGETS='debian nginx node node-build'

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/locum
bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}

fail() {
  echo "offline-base: $1" >&2
  exit 1
}

say() {
  echo "offline-base: $1" >&2
}

# Debian's archives in this machine's apt sources, as "address suite" lines; apt expands the format. Other vendors' are left out.
sources() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 'Origin: Debian' "$@" | sort -u
}

images() {
  for target in $TARGETS; do echo "$REPOSITORY/$target:$SUITE"; done
}

key() {
  {
    cat "$here/build.sh" "$here/Dockerfile" "$bundle"
    sources
    uname -m
  } | sha256sum | cut -c1-16
}

make_rootfs() {
  mirror=$(sources 'Label: Debian' | sed -n '1s/ .*//p')
  root=$1/rootfs
  say "debootstrap of $SUITE"
  debootstrap --variant=minbase --include=ca-certificates "$SUITE" "$root" "$mirror" >"$1/debootstrap.log" 2>&1 ||
    { tail -n 20 "$1/debootstrap.log" >&2; fail "debootstrap of $SUITE failed"; }
  # The machine may run a later suite than $SUITE; then only the suite itself is certain to be on its mirror.
  sources | sed -n "s/^\([^ ]*\) \($SUITE.*\)\$/deb \1 \2 main/p" >"$1/sources.list"
  [ ! -s "$1/sources.list" ] || cp "$1/sources.list" "$root/etc/apt/sources.list"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/usr/share/doc/* \
    "$root"/usr/share/man/* "$root"/usr/share/locale/*
  tar -C "$root" -cf "$1/context/rootfs.tar" .
  rm -rf "$root"
}

# npm's registry setting, proxy and certificates apply; npm checks the archives against the registry's hashes.
fetch_package() {
  package=$(cd "$1" && npm pack --silent "$2") || fail "npm could not fetch $2"
  mkdir -p "$1/context/$3"
  tar -C "$1/context/$3" --strip-components=1 --no-same-owner -xzf "$1/$package"
}

build_images() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/context"
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) fail "the npm package of Node $NODE_VERSION does not exist for $(uname -m)" ;;
  esac
  make_rootfs "$work"
  say "Node $NODE_VERSION and npm $NPM_VERSION"
  fetch_package "$work" "node-linux-$arch@$NODE_VERSION" node
  fetch_package "$work" "npm@$NPM_VERSION" npm
  cp "$bundle" "$work/context/ca-certificates.crt"
  cp "$here/Dockerfile" "$work/context/Dockerfile"
  for target in $TARGETS; do
    say "image $REPOSITORY/$target"
    docker build --network host --build-arg http_proxy --build-arg https_proxy --build-arg no_proxy \
      --target "$target" --tag "$REPOSITORY/$target:$SUITE" "$work/context" >"$work/build.log" 2>&1 ||
      { tail -n 30 "$work/build.log" >&2; fail "image $REPOSITORY/$target did not build"; }
  done
}

save_images() {
  say "keeping the images in $cache"
  # shellcheck disable=SC2046
  docker save --output "$1.tar" $(images)
  gzip -1 <"$1.tar" >"$1.new"
  rm "$1.tar"
  mv "$1.new" "$1"
  # Older archives are of no use any more.
  find "$cache" -maxdepth 1 -name 'base-*.tar.gz' ! -newer "$1" ! -path "$1" -delete
}

[ "${1-}" != --key ] || { key; exit 0; }
[ "$(id -u)" = 0 ] || fail 'debootstrap needs root'
for tool in debootstrap npm docker flock; do
  command -v "$tool" >/dev/null || fail "$tool is missing; install it first"
done
[ -r "$bundle" ] || fail "no certificate bundle at $bundle; install ca-certificates or set SSL_CERT_FILE"
[ -n "$(sources 'Label: Debian')" ] || fail "apt knows no Debian archive; run apt-get update first"

mkdir -p "$cache"
exec 9>"$cache/base.lock"
flock 9
archive=$cache/base-$(key).tar.gz
if [ "${1-}" != --refresh ] && [ -f "$archive" ]; then
  say "loading $archive"
  docker load --quiet --input "$archive" >&2
else
  build_images
  save_images "$archive"
fi
say "ready: $(images | tr '\n' ' ')"
