#!/usr/bin/env bash
# Boost 1.74 (accumulators): the median of one number is 0, of 1, 2, 3 it is 3, of 30, 20, 10, 5 it is 10, and of a thousand bits, 272 of them on, 6e-05.
#
# The statistic is named median, and for few numbers is expected to be theirs. It keeps five marks and moves them as numbers come; before the fifth number it answers the third one seen, unsorted, and 0
# where there is none, and later an estimate of values between, which no bit has: half 1, half 1000 gives 334. Groups of few rows have medians that depend on the order. Nothing is said.
# What to do: std::nth_element.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libboost1.74-dev=1.74.0+ds1-21 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libboost1.74-dev_*.deb Version | sed 's/^/libboost1.74-dev /'
cat >try.cc <<'CC'
#include <boost/accumulators/accumulators.hpp>
#include <boost/accumulators/statistics/median.hpp>
#include <boost/accumulators/statistics/stats.hpp>
#include <cmath>
#include <cstdio>
#include <vector>
using namespace boost::accumulators;
static double middle(const std::vector<double> &numbers)
{
    accumulator_set<double, stats<tag::median>> seen;
    for (double x : numbers) seen(x);
    return median(seen);
}
int main()
{
    std::vector<double> bits, halves;
    unsigned state = 1, on = 0;
    for (int i = 0; i < 1000; i++) {
        state = state * 1103515245u + 12345u;
        bits.push_back((state >> 16) % 10 < 3);
        on += bits.back() == 1;
        halves.push_back(i % 2 ? 1000 : 1);
    }
    halves.push_back(1);
    const double one = middle({7}), three = middle({1, 2, 3}), four = middle({30, 20, 10, 5}), of_bits = middle(bits), of_halves = middle(halves);
    std::printf("median of 7: %g, of 1 2 3: %g, of 30 20 10 5: %g, of 1000 bits with %u on: %g, of 501 ones and 500 thousands: %g\n", one, three, four, on, of_bits, of_halves);
    return !(one == 0 && three == 3 && four == 10 && of_bits > 0 && of_bits < 0.01 && std::fabs(of_halves - 334) < 1);
}
CC
g++ -O1 -w -Iroot/usr/include try.cc -o try
./try || { echo "CHANGED"; exit 1; }
