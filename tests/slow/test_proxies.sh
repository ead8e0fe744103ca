#!/usr/bin/env bash
# The proxies of deploy/proxies, each in front of two replicas: correct bytes, 8 MB bodies, streams, a rolling restart, a killed replica, a
# replica without the model. Those that are not installed are named and skipped.
set -uo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
failures=0 ran=0
for proxy in ${PROXIES:-haproxy nginx apache2 lighttpd varnishd squid caddy envoy traefik}; do
    if ! command -v "$proxy" >/dev/null && [ ! -x "/usr/sbin/$proxy" ]; then
        echo "$proxy: not installed, skipped"
        continue
    fi
    ran=$((ran + 1))
    work=$(mktemp -d)
    chmod 755 "$work" # some run as their own user
    PATH=$PATH:/usr/sbin python3 "$source/tests/slow/proxies.py" "$proxy" "$BIN_DIR/boltzd" "$source/models" "$source/deploy/proxies" "$work" ||
        failures=$((failures + 1))
    rm -rf "$work"
done
[ "$ran" -gt 0 ] || exit 77
exit $((failures > 0))
