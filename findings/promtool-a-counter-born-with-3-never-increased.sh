#!/usr/bin/env bash
# Prometheus 2.42: increase() of an error counter that appears with the value 3 is 0, and the 0.99 quantile of a histogram is 10 where nearly all requests took longer.
#
# A counter whose labels are made when it first counts comes as a new series that begins at 3; increase and rate look at
# differences within a series, and the alert on errors stays silent for just these. histogram_quantile answers the last
# finite bucket's bound for all that is above it: the slower the service, the more constant its 10 s. What to do: make
# each series with its labels at 0 when the service starts, and buckets beyond what is bearable.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq prometheus=2.42.0+ds-5+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f prometheus_*.deb Version | sed 's/^/prometheus /'
root/usr/bin/promtool --version 2>&1 | sed -n 1p
echo 'groups: []' >rules.yml
cat >test.yml <<'Y'
rule_files: [rules.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {series: 'errors_total{code="born"}', values: '_x8 3x12'}
      - {series: 'errors_total{code="at 0 before"}', values: '0x8 3x12'}
      - {series: 'seconds_bucket{le="1"}', values: '0+1x20'}
      - {series: 'seconds_bucket{le="10"}', values: '0+2x20'}
      - {series: 'seconds_bucket{le="+Inf"}', values: '0+100x20'}
    promql_expr_test:
      - expr: increase(errors_total[5m])
        eval_time: 5m
        exp_samples: [{labels: '{code="born"}', value: 0}, {labels: '{code="at 0 before"}', value: 3}]
      - expr: histogram_quantile(0.99, seconds_bucket)
        eval_time: 5m
        exp_samples: [{labels: '{}', value: 10}]
Y
sed -n '/expr:/p; /exp_samples/p' test.yml
root/usr/bin/promtool test rules test.yml || { echo "CHANGED"; exit 1; }
