#!/usr/bin/env bash
# IT++ 4.3.1: sum of a bvec 1 1 0 is 0, of 1 1 1 it is 1, and a Histogram from 0 to 1 counts -5 in its first bin and 7 in its last.
#
# A sum is expected to count ones. Bits are numbers modulo 2 there, so that sums, products of matrices and dot products are parities, each of them a bit that looks like an answer; weights of rows, overlaps with a
# pattern and rates are 0 or 1. The same call with an ivec adds. A histogram is expected to leave out what lies outside; its edges take it, so that frequencies sum to 1 and the tails bulge.
# Nothing is said. What to do: sum(to_ivec(bits)); look at the range before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libitpp-dev=4.3.1-10 libitpp8v5=4.3.1-10 libfftw3-double3 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libitpp-dev_*.deb Version | sed 's/^/libitpp-dev /'
cat >try.cpp <<'C'
#include <iostream>
#include <itpp/itbase.h>
#include <itpp/itstat.h>
using namespace itpp;
int main() {
    const bvec two = "1 1 0", three = "1 1 1";
    Histogram<double> histogram(0, 1, 2);
    histogram.update(vec("-5 0 0.2 1 7"));
    const ivec bins = histogram.get_bins();
    std::cout << "sum of the bits 1 1 0: " << sum(two) << ", of 1 1 1: " << sum(three) << ", 1 1 0 times 1 1 0: " << two * two << ", by to_ivec: " << sum(to_ivec(two)) << "\n"
              << "histogram of -5 0 0.2 1 7: " << bins << "\n";
    return sum(two) == bin(0) && sum(three) == bin(1) && two * two == bin(0) && sum(to_ivec(two)) == 2 && bins(0) == 3 && bins(1) == 2 ? 0 : 1;
}
C
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack
g++ -std=c++17 -Iroot/usr/include try.cpp -L"$lib" -Wl,-rpath-link,"$LD_LIBRARY_PATH" -litpp -o try && ./try || { echo "CHANGED"; exit 1; }
