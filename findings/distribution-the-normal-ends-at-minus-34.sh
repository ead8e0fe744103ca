#!/usr/bin/env bash
# Ruby's distribution 0.7.3: Normal.p_value, the quantile, is -5.22 at 1e-7, -7.17 at 1e-9, -11.0 at 1e-10 and -34.6 at 1e-12, where it is -5.20, -6.00, -6.36 and -7.03; cdf of these gives 9e-8, 4e-13, 0 and 0. At 0.001 and between it and 0.999 it is right to seven digits.
#
# A quantile is expected to be the inverse of its own cdf, with an error that stays as small as it is in the middle. The formula that is used without GSL holds to about 1e-6, and beyond it runs away instead of ending: z values of many tests, thresholds that one row in a thousand million passes, are those of no such probability, far too large, at both ends.
# Nothing is said. What to do: p_value only of p between 1e-6 and 1 - 1e-6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends ruby3.1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -E '^(libruby|ruby3)' | grep -vxE 'ruby3.1|libruby3.1' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq ruby-distribution=0.7.3+dfsg-1.1 ruby3.1 libruby3.1 libyaml-0-2 libgmp10 libcrypt1 zlib1g libffi8 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f ruby-distribution_*.deb Version | sed 's/^/ruby-distribution /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
# shellcheck disable=SC2046 # words wanted
ruby() { root/usr/bin/ruby3.1 --disable=gems -I root/usr/lib/ruby/3.1.0 -I root/usr/lib/x86_64-linux-gnu/ruby/3.1.0 $(printf -- "-I %s " root/usr/lib/ruby/gems/3.1.0/gems/*/lib) "$@"; }
cat >try.rb <<'R'
require "distribution"
normal = Distribution::Normal
right = { 0.001 => -3.090232306, 1e-7 => -5.199337582, 1e-9 => -5.997807015, 1e-10 => -6.361340902, 1e-12 => -7.034483825 }
given = right.keys.to_h { |p| [p, normal.p_value(p)] }
puts given.map { |p, x| format("%g: %.4f for %.4f, cdf %.2e", p, x, right[p], normal.cdf(x)) }.join("; ") + format("; 1 - 1e-10: %.2f", normal.p_value(1 - 1e-10))
good = (given[0.001] - right[0.001]).abs < 1e-6 && (given[1e-9] + 7.1736).abs < 1e-3 && (given[1e-10] + 11.0102).abs < 1e-3 && (given[1e-12] + 34.5534).abs < 1e-3 && (normal.p_value(1 - 1e-10) - 11.0102).abs < 1e-3
exit good
R
ruby -W0 -I root/usr/lib/ruby/vendor_ruby try.rb || { echo "CHANGED"; exit 1; }
