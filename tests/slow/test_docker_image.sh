#!/usr/bin/env bash
# Builds the image as the README says and asks the container over HTTP. Uses a running Docker engine, or starts one of its own
# where it may (root, Debian's docker.io); without either it is skipped. Where no registry can be reached, the base image is
# made from Debian's packages.
set -euo pipefail

skip() { echo "skipped: $*"; exit 77; }
[ -n "${BOLTZ_TEST_DOCKER:-}" ] || skip "set BOLTZ_TEST_DOCKER=1 to build and ask the image (a quarter of an hour on a busy machine)"
work=$(mktemp -d)
engine=
container=
finish() {
    [ -z "$container" ] || docker rm -f "$container" >/dev/null 2>&1 || true
    if [ -n "$engine" ]; then
        kill "$engine" 2>/dev/null || true
        wait "$engine" 2>/dev/null || true
    fi
    rm -rf "$work" 2>/dev/null || true
}
trap finish EXIT

if [ "$(id -u)" -eq 0 ] && ! command -v dockerd >/dev/null; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io >/dev/null 2>&1 || true
fi
command -v docker >/dev/null || skip "no docker client"
if ! docker info >/dev/null 2>&1; then
    [ "$(id -u)" -eq 0 ] && command -v dockerd >/dev/null || skip "no Docker engine, and none can be started"
    dockerd --host "unix://$work/docker.sock" --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" \
        --bridge none --iptables=false >"$work/dockerd.log" 2>&1 &
    engine=$!
    export DOCKER_HOST=unix://$work/docker.sock
    for _ in $(seq 1 150); do
        docker info >/dev/null 2>&1 && break
        kill -0 "$engine" 2>/dev/null || { engine=; tail -n 3 "$work/dockerd.log"; skip "the Docker engine does not start here"; }
        sleep 0.2
    done
    docker info >/dev/null 2>&1 || skip "the Docker engine does not answer"
fi

base=debian:bookworm-slim
if ! docker image inspect "$base" >/dev/null 2>&1 && ! timeout 60 docker pull -q "$base" >/dev/null 2>&1; then
    if ! command -v mmdebstrap >/dev/null; then
        [ "$(id -u)" -eq 0 ] || skip "no base image, and mmdebstrap is not installed"
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null 2>&1 ||
            skip "no base image, and mmdebstrap cannot be installed"
    fi
    mmdebstrap --quiet --variant=minbase bookworm "$work/base.tar" >/dev/null 2>&1 || skip "no base image can be made"
    docker import "$work/base.tar" "$base" >/dev/null
fi

cd "$SOURCE_DIR"
DOCKER_BUILDKIT=0 docker build --network host -q -t boltzd-test . >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }
echo "built; $(docker image inspect -f '{{.Size}}' boltzd-test) bytes, user $(docker image inspect -f '{{.Config.User}}' boltzd-test)"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
container=$(docker run -d --network host --read-only --cap-drop ALL -e BOLTZD_LISTEN="127.0.0.1:$port" -e BOLTZD_DRAIN_DELAY=0 boltzd-test)
for _ in $(seq 1 100); do
    curl -fs "http://127.0.0.1:$port/v2/health/ready" >/dev/null 2>&1 && break
    sleep 0.1
done
curl -fsS "http://127.0.0.1:$port/v1/models" | grep -q '"mnist-rbm"' || { docker logs "$container"; echo "the shipped model is not listed"; exit 1; }
curl -fsS -X POST "http://127.0.0.1:$port/v1/models/mnist-rbm/sample?steps=10&seed=1&format=png" -o "$work/sample.png"
head -c 8 "$work/sample.png" | od -An -tx1 | grep -q '89 50 4e 47 0d 0a 1a 0a' || { echo "no PNG came back"; exit 1; }
docker exec "$container" boltzd --health-check || { echo "--health-check failed inside the container"; exit 1; }
docker stop -t 20 "$container" >/dev/null
status=$(docker inspect -f '{{.State.ExitCode}}' "$container")
[ "$status" = 0 ] || { docker logs "$container"; echo "exit status $status after SIGTERM, expected 0"; exit 1; }
echo "the container answered and stopped cleanly"
