#!/usr/bin/env bash
# Builds the image as the README says and queries the container over HTTP. Uses a running Docker engine, or starts its own with
# all its data in a temporary folder if it may (as root able to mount; installs Debian's docker.io if need be). Without either it
# is skipped. If no registry can be reached, the base image is made from Debian's packages. Everything it started or created is
# removed afterwards.
set -euo pipefail

image=boltzd-test
base=debian:bookworm-slim
work=$(mktemp -d)
rm -f "$(dirname "$BIN_DIR")/rolled-by-containers" # tests/slow/test_rolling.sh
engine=
container=
made_base=

skip() { echo "skipped: $*"; exit 77; }
fail() {
    echo "FAILED: $*"
    [ -z "$container" ] || docker logs "$container" || true
    exit 1
}

finish() {
    [ -z "$container" ] || docker rm -f "$container" >/dev/null 2>&1 || true
    if [ -n "$engine" ]; then
        kill "$engine" 2>/dev/null || true
        wait "$engine" 2>/dev/null || true
        awk -v under="$work/" 'index($2, under) == 1 { print $2 }' /proc/mounts | tac | while read -r mount; do umount "$mount" || true; done
    else
        docker rmi "$image" >/dev/null 2>&1 || true
        [ -z "$made_base" ] || docker rmi "$base" >/dev/null 2>&1 || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

start_engine() {
    [ "$(id -u)" -eq 0 ] || skip "no Docker engine answers, and only root can start one"
    unshare --mount true 2>/dev/null || skip "no Docker engine answers, and none can be started without the right to mount"
    timeout 600 "$SOURCE_DIR/scripts/setup" image >"$work/setup.log" 2>&1 ||
        { tail -n 3 "$work/setup.log"; skip "no Docker engine answers, and docker.io cannot be installed"; }
    mkdir "$work/data"
    # In memory where there is plenty: nothing of it is to last, and removing it from a disk takes a minute.
    if [ "$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)" -gt 12000000 ]; then
        mount -t tmpfs -o size=6g none "$work/data" || true
    fi
    dockerd --host "unix://$work/docker.sock" --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" \
        --bridge none --iptables=false >"$work/dockerd.log" 2>&1 &
    engine=$!
    export DOCKER_HOST=unix://$work/docker.sock
    for _ in $(seq 1 300); do
        docker info >/dev/null 2>&1 && return
        kill -0 "$engine" 2>/dev/null || { engine=; tail -n 3 "$work/dockerd.log"; skip "the Docker engine does not start here"; }
        sleep 0.2
    done
    tail -n 3 "$work/dockerd.log"
    skip "the Docker engine does not answer"
}

# The base image from Debian's packages, without what the test does not need.
make_base() {
    [ "$(id -u)" -eq 0 ] && timeout 600 "$SOURCE_DIR/scripts/setup" image >/dev/null 2>&1 ||
        skip "no registry can be reached, and mmdebstrap is not installed"
    timeout 600 mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --aptopt='Acquire::Languages "none"' bookworm "$work/base.tar" >"$work/base.log" 2>&1 ||
        { tail -n 3 "$work/base.log"; skip "no registry and no package mirror can be reached"; }
    docker import "$work/base.tar" "$base" >/dev/null
    rm "$work/base.tar"
    made_base=yes
}

docker info >/dev/null 2>&1 || start_engine
docker image inspect "$base" >/dev/null 2>&1 || timeout 60 docker pull -q "$base" >/dev/null 2>&1 || make_base
echo "after $SECONDS s: an engine and $base"

# Compiled in half the time: how the same compiler optimises these files, and for which processors, the suite's own build shows.
options=(--build-arg REVISION=0123456789ab --build-arg "OPTIONS=-DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 -DBOLTZ_LEVELS=")
DOCKER_BUILDKIT=0 docker build --network host -q "${options[@]}" -t "$image" "$SOURCE_DIR" >"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log"; fail "the image does not build"; }
user=$(docker image inspect -f '{{.Config.User}}' "$image")
over_base=$(($(docker image inspect -f '{{.Size}}' "$image") - $(docker image inspect -f '{{.Size}}' "$base")))
echo "$((over_base / 1000000)) MB over the base; by layer:"
docker history --format '{{.Size}}  {{.CreatedBy}}' "$image" | cut -c 1-100
[ "$over_base" -lt 60000000 ] || fail "the image is $over_base bytes larger than its base, expected under 60 MB"
echo "after $SECONDS s: built, $(docker image inspect -f '{{.Size}}' "$image") bytes, user $user"
version=$(sed -n 's/^project(.*VERSION \([0-9.]*\).*/\1/p' "$SOURCE_DIR/CMakeLists.txt")
labels=$(docker image inspect -f '{{index .Config.Labels "org.opencontainers.image.version"}} {{index .Config.Labels "org.opencontainers.image.revision"}}' "$image")
[ "$labels" = "$version 0123456789ab" ] || fail "the image's labels say '$labels', expected '$version 0123456789ab'"
docker run --rm --network none "$image" --version | grep -q 'revision 0123456789ab' || fail "--version does not tell the revision"
case $user in 0 | 0:* | root* | "") fail "the image runs as root ('$user')" ;; esac

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
container=$(docker run -d --network host --read-only --cap-drop ALL --health-interval 1s -e BOLTZD_LISTEN="127.0.0.1:$port" \
    -e BOLTZD_DRAIN_DELAY=0 "$image")
for _ in $(seq 1 300); do
    curl -fs "$url/v2/health/ready" >/dev/null 2>&1 && break
    sleep 0.1
done
[ "$(docker exec "$container" id -u)" != 0 ] || fail "the daemon runs as root"
curl -fsS "$url/v1/models" | grep -q '"mnist-rbm".*"state":"READY"' || fail "the shipped model is not ready"
curl -fsS -X POST "$url/v1/models/mnist-rbm/sample?steps=10&seed=1&format=png" -o "$work/sample.png"
head -c 8 "$work/sample.png" | od -An -tx1 | grep -q '89 50 4e 47 0d 0a 1a 0a' || fail "no PNG came back"
docker exec "$container" boltzd --health-check || fail "--health-check failed inside the container"
for _ in $(seq 1 300); do
    health=$(docker inspect -f '{{.State.Health.Status}}' "$container")
    [ "$health" = starting ] || break
    sleep 0.1
done
[ "$health" = healthy ] || fail "the container's health is '$health', expected healthy"
# The image's health check finds the daemon wherever its arguments make it listen.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 2 -subj /CN=localhost 2>/dev/null
chmod 644 "$work/key.pem"
healthy() { # ARGUMENTS...
    local one status
    one=$(docker run -d --network host --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /run/boltzd:mode=1777 --health-interval 1s \
        -v "$work/key.pem:/tls/key.pem:ro" -v "$work/cert.pem:/tls/cert.pem:ro" "$image" "$@")
    for _ in $(seq 1 300); do
        status=$(docker inspect -f '{{.State.Health.Status}}' "$one")
        [ "$status" = starting ] || break
        sleep 0.1
    done
    [ "$status" = healthy ] || docker logs "$one"
    docker rm -f "$one" >/dev/null
    [ "$status" = healthy ] || fail "with $*: the container's health is '$status', expected healthy"
}
other=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
healthy --listen "$other"
healthy --listen "$other" --tls-cert /tls/cert.pem --tls-key /tls/key.pem
healthy --listen unix:/run/boltzd/socket --url-prefix /models
docker exec "$container" cat /usr/share/sbom/boltzd.spdx.json >"$work/sbom.json" || fail "the image has no SBOM"
python3 -c 'import json, sys; names = {p["name"] for p in json.load(open(sys.argv[1]))["packages"]}; assert {"boltzd", "libc6", "libmicrohttpd12"} <= names' \
    "$work/sbom.json" || fail "the SBOM does not say what is inside"
DOCKER_BUILDKIT=0 docker build --network host -q "${options[@]}" --target trainer -t "$image-trainer" "$SOURCE_DIR" >"$work/trainer.log" 2>&1 ||
    { tail -n 40 "$work/trainer.log"; fail "the trainer's image does not build"; }
docker run --rm --network none --read-only --cap-drop ALL -v "$SOURCE_DIR/models:/mnt/models:ro" "$image-trainer" inspect \
    /mnt/models/mnist-rbm >/dev/null || fail "boltz does not run in its image"
docker run --rm --network none --entrypoint cat "$image-trainer" /usr/share/sbom/boltz.spdx.json |
    python3 -c 'import json, sys; assert {"boltz", "libzip4", "openmpi-bin"} <= {p["name"] for p in json.load(sys.stdin)["packages"]}' ||
    fail "the trainer's SBOM does not say what is inside"
# Three containers behind a balancer, restarted and broken under load.
if PATH=$PATH:/usr/sbin command -v haproxy >/dev/null; then
    mkdir -p "$work/rolling"
    chmod 755 "$work" "$work/rolling"
    PATH=$PATH:/usr/sbin python3 "$SOURCE_DIR/tests/slow/rolling.py" --image "$image" "$SOURCE_DIR/models" \
        "$SOURCE_DIR/deploy/compose/haproxy.cfg" "$work/rolling" || fail "replicas behind HAProxy"
    touch "$(dirname "$BIN_DIR")/rolled-by-containers"
    echo "after $SECONDS s: three replicas behind HAProxy"
else
    echo "no haproxy: the rolling restart is skipped"
fi
docker stop -t 20 "$container" >/dev/null
status=$(docker inspect -f '{{.State.ExitCode}}' "$container")
[ "$status" = 0 ] || fail "exit status $status after SIGTERM, expected 0"
echo "after $SECONDS s: the container answered and stopped cleanly"
