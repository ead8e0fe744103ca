#!/usr/bin/env bash
# The files in deploy/ are valid: each is passed to the program it is for, where that is installed.
set -euo pipefail

[ -d "$SOURCE_DIR/deploy" ] || { echo "no deploy folder: skipped"; exit 77; }
tools=$BIN_DIR/../tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
left_out=
has() { command -v "$1" >/dev/null || [ -x "$tools/$1" ] || { left_out="$left_out $1"; return 1; }; }
export PATH=$tools:$PATH

scripts/chart --check
scripts/chart --render >"$work/chart.yaml"
deploy/sbom boltzd 1.2.3 >"$work/sbom.json"
python3 - "$work/sbom.json" deploy/monitoring/dashboard.json <<'PY'
import json, re, sys
bom = json.load(open(sys.argv[1]))
assert bom["spdxVersion"] == "SPDX-2.3" and len(bom["packages"]) > 20
ids = [p["SPDXID"] for p in bom["packages"]]
assert len(ids) == len(set(ids)) and all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", i) for i in ids)
assert {r["relatedSpdxElement"] for r in bom["relationships"]} == set(ids)
board = json.load(open(sys.argv[2]))
assert len({p["id"] for p in board["panels"]}) == len(board["panels"])
PY

# Every metric named by the rules and the dashboard exists in the daemon.
if [ -x "$BIN_DIR/boltzd" ] && command -v curl >/dev/null; then
    "$BIN_DIR/boltzd" --model-repository models --listen 127.0.0.1:0 2>"$work/log" &
    pid=$!
    trap 'kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
    for _ in $(seq 400); do
        port=$(sed -n 's/.*127\.0\.0\.1:\([0-9]*\).*/\1/p' "$work/log" | head -1)
        [ -n "$port" ] && curl -sf "127.0.0.1:$port/v2/health/ready" >/dev/null && break
        sleep 0.05
    done
    curl -sf "127.0.0.1:$port/v1/models/mnist-rbm/sample?count=1&steps=1" -d '' -o "$work/sample.json"
    curl -sf "127.0.0.1:$port/metrics" >"$work/metrics"
    for name in $(grep -ohE '(boltzd|process)_[a-z_]+' deploy/monitoring/alerts.yml deploy/monitoring/dashboard.json | sort -u); do
        grep -q "^# TYPE ${name%_bucket} " "$work/metrics" || { echo "no metric is called $name"; exit 1; }
    done
fi

if has promtool; then
    promtool check rules deploy/monitoring/alerts.yml >/dev/null
    (cd deploy/monitoring && promtool test rules alerts_test.yml) >/dev/null
fi
if has haproxy; then
    # Docker's resolver is not available here: any address will do.
    sed 's/127\.0\.0\.11:53/127.0.0.1:53/' deploy/compose/haproxy.cfg >"$work/haproxy.cfg"
    haproxy -c -f "$work/haproxy.cfg" >"$work/haproxy.log" 2>&1 || [ $? -eq 2 ] || { cat "$work/haproxy.log"; exit 1; }
    ! grep -qE 'ALERT|deprecated' "$work/haproxy.log" || { cat "$work/haproxy.log"; exit 1; }
fi
if has kubectl; then
    kubectl kustomize deploy/kubernetes/base >"$work/base.yaml"
    kubectl kustomize deploy/kubernetes/monitoring >"$work/monitoring.yaml"
    kubectl kustomize deploy/sync >"$work/sync.yaml"
    grep -q '^  sync-models: |$' "$work/sync.yaml" # the script itself is in the ConfigMap, not a reference to it
    grep -q boltzd_queue_utilisation "$work/monitoring.yaml"
    [ "$(grep -c '^kind:' "$work/base.yaml")" = "$(grep -c '^kind:' "$work/chart.yaml")" ]
fi
if has helm; then # it renders the chart exactly as scripts/chart does, and values end up in their places
    helm lint --strict deploy/helm/boltzd >"$work/helm.log" 2>&1 || { cat "$work/helm.log"; exit 1; }
    helm template boltzd deploy/helm/boltzd >"$work/helm.yaml"
    helm template boltzd deploy/helm/boltzd --set replicas=5,image=example/boltzd:9,minReplicas=5,limits.memory=3Gi >"$work/helm-set.yaml"
    python3 - "$work/chart.yaml" "$work/helm.yaml" "$work/helm-set.yaml" <<'PY'
import sys
def objects(path):
    texts = open(path).read().split("---\n")
    return sorted("".join(line for line in t.splitlines(True) if not line.startswith("# Source: ")).strip() for t in texts if t.strip())
made, helm, other = map(objects, sys.argv[1:])
assert made == helm, [(a, b) for a, b in zip(made, helm) if a != b][:1]
lines = lambda texts: [line.strip() for t in texts for line in t.splitlines()]
new = set(lines(other)) - set(lines(helm))
assert new == {"replicas: 5", "image: example/boltzd:9", "minReplicas: 5", "memory: 3Gi"}, new
PY
fi
if [ -d "$tools/node_modules/kubernetes-models" ] && has node; then
    shopt -s nullglob
    for part in base monitoring; do
        if [ -s "$work/$part.yaml" ]; then cp "$work/$part.yaml" "$work/$part-objects.yaml"; continue; fi
        # Without kubectl: each object as it is in the file.
        for f in deploy/kubernetes/$part/*.yaml; do
            case $f in */kustomization.yaml | */queue.yaml | */adapter.yaml) ;; *) echo ---; cat "$f" ;; esac
        done >"$work/$part-objects.yaml"
    done
    for objects in "$work"/{base,monitoring}-objects.yaml "$work"/sync*.yaml "$work/chart.yaml" "$work"/helm-set*.yaml deploy/kubernetes/train/job.yaml; do
        node "$tools/check_objects.mjs" "$objects"
    done
    sed 's/containerPort: .*/containerPort: "http"/' "$work/chart.yaml" >"$work/wrong.yaml"
    if node "$tools/check_objects.mjs" "$work/wrong.yaml" >"$work/wrong"; then echo "a port that is a word passed"; exit 1; fi
    grep -q 'containerPort must be integer' "$work/wrong"
else
    left_out="$left_out kubernetes-models"
fi
if has shellcheck; then
    git ls-files 2>/dev/null | xargs grep -lE '^#!.*[/ ](ba)?sh$' | xargs shellcheck -x -S warning
fi
if has systemd-analyze; then
    mkdir -p "$work/root/usr/bin" "$work/units"
    sed "s|/usr/local/bin/boltzd|$BIN_DIR/boltzd|" deploy/boltzd.service >"$work/units/boltzd.service"
    cp deploy/boltzd.socket "$work/units/"
    for unit in service socket; do
        systemd-analyze verify "$work/units/boltzd.$unit" >"$work/verify" 2>&1 || { cat "$work/verify"; exit 1; }
    done
    exposure=$(systemd-analyze security --offline=true "$work/units/boltzd.service" 2>/dev/null | sed -n 's/.*exposure level[^:]*: \([0-9.]*\).*/\1/p')
    echo "systemd: exposure $exposure"
    python3 -c "import sys; sys.exit(not float(sys.argv[1]) <= 1.5)" "$exposure"
fi
# Neither Debian nor npm has a package of hadolint (Dockerfile): it is run where it has been installed by hand.
if has hadolint; then
    hadolint --failure-threshold error Dockerfile
fi
if has nginx; then
    nginx -t -q -e stderr -c "$PWD/deploy/proxies/nginx.conf" -g "pid $work/nginx.pid;"
fi
[ -z "$left_out" ] || echo "not installed, so left out:$left_out"

# The sidecar publishes whole versions with the right digest, and nothing else.
mkdir -p "$work/store/m/1" "$work/store/bad/1"
cp models/mnist-rbm/1/model.safetensors "$work/store/m/1/"
head -c 1000 models/mnist-rbm/1/model.safetensors >"$work/store/bad/1/model.safetensors"
digest=$(sha256sum <"$work/store/m/1/model.safetensors" | cut -d ' ' -f 1)
printf '%s\n' '# model/version digest' "m/1 $digest" "bad/1 $digest" "../evil/1 $digest" "m/x $digest" >"$work/store/index.txt"
: >"$work/http" # so that it exists before it is read
python3 -u -m http.server --bind 127.0.0.1 --directory "$work/store" 0 >"$work/http" 2>&1 &
http=$!
trap 'kill "$http" ${pid:-} 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 600); do
    store=$(sed -n 's/.*(http:\/\/\([^/]*\)\/).*/\1/p' "$work/http")
    [ -n "$store" ] && break
    sleep 0.05
done
if SOURCE=http://$store deploy/sync/sync-models "$work/repo" 2>"$work/sync"; then echo "a broken version was no failure"; exit 1; fi
cmp models/mnist-rbm/1/model.safetensors "$work/repo/m/1/model.safetensors"
[ "$(find "$work/repo" -name 'model.safetensors' | wc -l)" = 1 ] && [ ! -e "$work/evil" ]
[ -z "$(find "$work/repo" -name '.new-*')" ]
