#!/usr/bin/env bash
# Prometheus 2.42: increase(requests_total[1m]) of a counter that went from 10 to 13 within that minute is 4, and of one that went up by 1 it is 1.33.
#
# The last value less the first is expected. Of four samples 15 s apart within a minute the outer ones are 45 s apart, and increase and rate scale
# what lies between them up to the minute: counts of requests, rows and restarts are fractions, and more than were counted, the more so the
# shorter the range ([30s]: twice as many). An alert on increase(restarts[1m]) > 1 fires at one restart. What to do: ranges of many
# scrape intervals; x - x offset 1m where the count itself is meant.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq prometheus=2.42.0+ds-5+deb12u1 2>/dev/null
dpkg-deb -x prometheus_*.deb root
dpkg-deb -f prometheus_*.deb Version | sed 's/^/prometheus /'
echo 'groups: []' >rules.yml
cat >test.yml <<'Y'
rule_files: [rules.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {series: 'requests_total', values: '10x4 10+1x8'}
      - {series: 'restarts_total', values: '4x6 5x8'}
    promql_expr_test:
      - expr: increase(requests_total[1m])
        eval_time: 2m5s
        exp_samples: [{labels: '{}', value: 4}]
      - expr: increase(restarts_total[1m])
        eval_time: 2m5s
        exp_samples: [{labels: '{}', value: 1.3333333333333333}]
      - expr: increase(requests_total[30s])
        eval_time: 2m5s
        exp_samples: [{labels: '{}', value: 2}]
      - expr: restarts_total - restarts_total offset 1m
        eval_time: 2m5s
        exp_samples: [{labels: '{}', value: 1}]
Y
sed -n '/expr:/p; /exp_samples/p' test.yml
root/usr/bin/promtool test rules test.yml || { echo "CHANGED"; exit 1; }
