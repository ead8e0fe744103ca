#!/usr/bin/env bash
# Ruby's NArray 0.6.1.2: of NArray[[1, 2, 3], [4, 5, 6]] a[0, 1] is 4 and a[1, 0] is 2, sum(0) are the sums of the rows, and the sum of 1000 ones held as bytes is 232 while their mean is 1.
#
# It is written by rows, and a[row, column] is expected, as in numpy and Numo::NArray; axis 0 to be that of the rows. The first index is the one that moves fastest, the column: a square matrix of couplings is read transposed without an error,
# scores per row come out per column. Sums keep the type of the cells, so that counts of ones wrap at 256 and rates by sum / n with them, but mean does not. Nothing is
# said. What to do: a[column, row], to_type(NArray::INT) before sum.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq ruby-narray=0.6.1.2-4+b3 ruby3.1 libruby3.1 libyaml-0-2 libgmp10 libcrypt1 zlib1g 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f ruby-narray_*.deb Version | sed 's/^/ruby-narray /'
lib=$PWD/root/usr/lib
RUBYLIB=$lib/ruby/3.1.0:$lib/x86_64-linux-gnu/ruby/3.1.0:$lib/ruby/vendor_ruby:$(dirname "$(find "$PWD/root" -name narray.so | head -n 1)")
export RUBYLIB LD_LIBRARY_PATH=$lib/x86_64-linux-gnu
cat >try.rb <<'RB'
require "narray"
rows = [[1, 2, 3], [4, 5, 6]]
a = NArray[*rows]
ones = NArray.byte(1000).fill!(1)
puts "a[0, 1]: #{a[0, 1]}, rows[0][1]: #{rows[0][1]}; shape #{a.shape}; sum(0): #{a.sum(0).to_a}; 1000 ones as bytes: sum #{ones.sum}, mean #{ones.mean}, as whole numbers #{ones.to_type(NArray::INT).sum}"
exit(a[0, 1] == 4 && a.shape == [3, 2] && a.sum(0).to_a == [6, 15] && ones.sum == 232 && ones.mean == 1 && ones.to_type(NArray::INT).sum == 1000)
RB
root/usr/bin/ruby3.1 --disable-gems try.rb || { echo "CHANGED"; exit 1; }
