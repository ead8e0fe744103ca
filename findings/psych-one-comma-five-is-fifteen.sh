#!/usr/bin/env bash
# Ruby 3.1 (Psych 4.0.4): of a YAML file rate: 0,5 is 5, 1,5 is 15, units: 1,2,3 is 123, and 1e-05 the text "1e-05".
#
# What is no number of YAML is expected to be a text, as PyYAML and js-yaml have it. Psych takes commas for marks of thousands wherever they stand, and drops them: a rate with a decimal comma is ten times as large, a short list of units or seeds is one number, and 1,2 in
# a list is 12. Numbers with an exponent, as JSON and Python write them, are texts where they have no point. No error. What to do: write [1, 2, 3] and 0.5, or look at the class of what was read; JSON.parse for
# what is JSON.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends ruby3.1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -E '^(libruby|ruby3)' | grep -vxE 'ruby3.1|libruby3.1' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 libyaml-0-2 libgmp10 libcrypt1 zlib1g libffi8 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libruby3.1_*.deb Version | sed 's/^/libruby3.1 /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
ruby() { root/usr/bin/ruby3.1 --disable=gems -I root/usr/lib/ruby/3.1.0 -I root/usr/lib/x86_64-linux-gnu/ruby/3.1.0 "$@"; }
cat >try.rb <<'RB'
require "yaml"
words = %w[0,5 1,5 1,2,3 -1,25 1;2 1e-05 1.5e-05]
found = words.map { |word| YAML.load(word) }
words.zip(found) { |word, value| puts "#{word} is #{value.inspect}" }
puts "in a list: #{YAML.load("[1,2]")}, #{YAML.load("- 1,2")}"
exit(found == [5, 15, 123, -125, "1;2", "1e-05", 1.5e-05] && YAML.load("- 1,2") == [12])
RB
ruby try.rb || { echo "CHANGED"; exit 1; }
