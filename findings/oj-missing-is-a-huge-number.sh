#!/usr/bin/env bash
# Oj 3.14.2 (Ruby): Oj.dump writes NaN as 3.3e14159265358979323846, which JSON's other readers take for infinity, and 0.1 + 0.2 as 0.3; Oj.load makes a BigDecimal of 0.30000000000000004.
#
# NaN is expected to be refused, or to be null, as in other modes of the same library. The mode without a name writes a number that only Oj knows as NaN and Infinity; Python's json, JavaScript and Ruby's own json read inf: a gap becomes the largest of its column, a mean infinite. Numbers
# are written with 15 digits. Those with more than 16 are read as BigDecimal, whose texts look like 0.3e0 and whose arithmetic is decimal, so that one column has two kinds of numbers.
# Nothing is said. What to do: Oj.dump(x, mode: :strict) to refuse, mode: :rails for null and 17 digits; Oj.load(text, bigdecimal_load: :float).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends ruby3.1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -E '^(libruby|ruby3)' | grep -vxE 'ruby3.1|libruby3.1' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq ruby-oj=3.14.2-1+deb12u1 ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 libyaml-0-2 libgmp10 libcrypt1 zlib1g libffi8 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f ruby-oj_*.deb Version | sed 's/^/ruby-oj /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
ruby() { root/usr/bin/ruby3.1 --disable=gems -I root/usr/lib/ruby/3.1.0 -I root/usr/lib/x86_64-linux-gnu/ruby/3.1.0 "$@"; }
cat >try.rb <<'RB'
require "oj"
require "json"
written = Oj.dump([Float::NAN, 0.1 + 0.2, 1.5])
elsewhere = JSON.parse(written)
kinds = Oj.load("[0.30000000000000004, 0.3]").map(&:class)
rails = Oj.dump([Float::NAN, 0.1 + 0.2], mode: :rails)
floats = Oj.load("[0.30000000000000004]", bigdecimal_load: :float).map(&:class)
refused = begin Oj.dump([Float::NAN], mode: :strict) rescue true end
puts "NaN, 0.1 + 0.2 and 1.5 are written #{written}, read by Ruby's json #{elsewhere}; 0.30000000000000004 and 0.3 are read as #{kinds}; with mode: :rails #{rails}"
exit(written == "[3.3e14159265358979323846,0.3,1.5]" && elsewhere[0] == Float::INFINITY && kinds == [BigDecimal, Float] && rails == "[null,0.30000000000000004]" && floats == [Float] && refused == true)
RB
gem=root/usr/lib/x86_64-linux-gnu/rubygems-integration/3.1.0
ruby -I $gem/gems/oj-3.14.2/lib -I $gem/extensions/x86_64-linux/3.1.0/oj-3.14.2 try.rb || { echo "CHANGED"; exit 1; }
