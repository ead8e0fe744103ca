#!/usr/bin/env bash
# Ruby 3.1 (csv 3.2.2): with converters: :numeric the cells 07, 08, 09, 010, 011 are 7, 8.0, 9.0, 8 and 9, and 1_2 is 12.
#
# Numbers with leading zeros are expected to be numbers to base ten, or texts. A cell is read as Ruby's own source would be: with a leading zero to base eight, and where that is impossible as a
# float, which is to base ten, so that 08 and 010 are both 8. Numbers of months and classes, codes and names such as 1_2 fall together, and only from ten on. Nothing is
# said. What to do: converters: ->(cell) { Integer(cell, 10, exception: false) || cell }.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
v=3.1.7+really3.1.2-0+deb12u1
apt-get download -qq "ruby3.1=$v" "libruby3.1=$v" libyaml-0-2 libgmp10 libcrypt1 zlib1g 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f ruby3.1_*.deb Version | sed 's/^/ruby3.1 /'
lib=$PWD/root/usr/lib
export RUBYLIB=$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0 LD_LIBRARY_PATH=$lib/x86_64-linux-gnu
cat >try.rb <<'RB'
require "csv"
cells = %w[07 08 09 010 011 1_2 12]
read = CSV.parse(cells.join(","), converters: :numeric)[0]
ten = CSV.parse(cells.join(","), converters: ->(cell) { Integer(cell, 10, exception: false) || cell })[0]
puts "csv #{CSV::VERSION}: #{cells.join(' ')} are #{read.join(' ')}, to base ten #{ten.join(' ')}; of #{cells.uniq.size} cells #{read.map(&:to_f).uniq.size} numbers"
exit(read == [7, 8.0, 9.0, 8, 9, 12, 12] && read[1].is_a?(Float) && ten[0, 5] == [7, 8, 9, 10, 11])
RB
root/usr/bin/ruby3.1 --disable-gems try.rb || { echo "CHANGED"; exit 1; }
