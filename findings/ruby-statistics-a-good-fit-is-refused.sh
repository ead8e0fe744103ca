#!/usr/bin/env bash
# ruby-statistics 2.1.1: goodness_of_fit refuses 33, 33, 34 against three times 33.3, and 48, 52 against 50, 50, with the p-value -Infinity; 1, 2, 3, 4, 5 against 3 it accepts.
#
# The closer counts are to what was expected, the more probable they are under it, and a test is expected to accept the closest. The distribution of chi-squared is integrated by a rule that fails near 0: with one degree of freedom
# it is infinite everywhere, with more below some 0.5, so that p is 1 - Infinity, below each alpha, and the answer has alternative: true. Two groups are always different, as long as they are not
# equal to the last count; good samplers fail. No error. What to do: look whether p_value is in 0 to 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends ruby3.1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -E '^(libruby|ruby3)' | grep -vxE 'ruby3.1|libruby3.1' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq ruby-statistics=2.1.1-2 ruby3.1 libruby3.1 libyaml-0-2 libgmp10 libcrypt1 zlib1g $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f ruby-statistics_*.deb Version | sed 's/^/ruby-statistics /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
lib=root/usr/share/rubygems-integration/all/gems/ruby-statistics-2.1.1/lib
cat >try.rb <<'RB'
require "statistics"
cases = [[[33, 33, 34], [100 / 3.0] * 3], [[48, 52], [50, 50]], [[1, 2, 3, 4, 5], [3] * 5], [[10, 20, 30], [20] * 3]]
answers = cases.map do |seen, expected|
  answer = Statistics::StatisticalTest::ChiSquaredTest.goodness_of_fit(0.05, seen, expected)
  puts "#{seen.join(" ")}: p #{answer[:p_value]}, another distribution: #{answer[:alternative]}"
  answer
end
exit(answers[0][:alternative] && answers[0][:p_value].infinite? && answers[1][:alternative] && !answers[2][:alternative] && answers[3][:alternative] && answers[3][:p_value] < 0.01)
RB
root/usr/bin/ruby3.1 --disable=gems -I root/usr/lib/ruby/3.1.0 -I root/usr/lib/x86_64-linux-gnu/ruby/3.1.0 -I "$lib" try.rb || { echo "CHANGED"; exit 1; }
