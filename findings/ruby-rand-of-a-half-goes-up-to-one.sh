#!/usr/bin/env bash
# Ruby 3.1: rand(0.5) goes up to 1, rand(1.9) is always 0, rand(-5) is 0 to 4; Random.rand(0.5) and Random.rand(1.9) are what they say.
#
# One name is expected to be one function, and rand(x) a number below x. Kernel's rand makes a whole number of its argument first, without the sign, and 0 means "a fraction below 1": noise of at most 0.5 is twice as large, steps below 1.9 are none at all, and a range that came out of a
# subtraction the wrong way round gives numbers of the other sign. Random.rand, and the rand of a generator with a seed of its own, take fractions, and refuse what is negative; so the same line draws other numbers once a seed
# is given to it. Nothing is said. What to do: Random.rand, or rand(0.0...0.5).
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
srand(1)
draws = ->(n = 10_000, &draw) { Array.new(n) { draw.call } }
half = draws.call { rand(0.5) }
steps = draws.call { rand(1.9) }
negative = draws.call { rand(-5) }
own = draws.call { Random.rand(0.5) }
range = draws.call { rand(0.0...0.5) }
refused = begin Random.rand(-5) rescue true end
puts "largest of 10000: rand(0.5) #{half.max.round(2)}, Random.rand(0.5) #{own.max.round(2)}, rand(0.0...0.5) #{range.max.round(2)}; different rand(1.9): #{steps.uniq}; rand(-5) from #{negative.min} to #{negative.max}"
exit(half.max > 0.99 && own.max < 0.5 && range.max < 0.5 && steps.uniq == [0] && negative.minmax == [0, 4] && refused == true)
RB
ruby try.rb || { echo "CHANGED"; exit 1; }
