#!/usr/bin/env bash
# Boost 1.74 and GSL 2.7.1: median(v) changes the order of v, and so do Boost's median_absolute_deviation, which takes the median away as well, and gini_coefficient.
#
# Asking for a statistic is expected to leave the numbers alone, as mean, variance and skewness of both do, and numpy's and R's median. The median is found by parting the vector in place: afterwards v[i] is another row's
# number, labels and weights beside it belong to others, and a correlation computed next is one of shuffled columns, or of deviations in place of values. Means, sums and medians are right as ever. A vector of a small trial, often sorted, stays. What to do:
# a copy.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libboost1.74-dev=1.74.0+ds1-21 libgsl-dev=2.7.1+dfsg-5+deb12u1 libgsl27=2.7.1+dfsg-5+deb12u1 libgslcblas0=2.7.1+dfsg-5+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for package in libboost1.74-dev libgsl27; do dpkg-deb -f ${package}_*.deb Version | sed "s/^/$package /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.cpp <<'CPP'
#include <algorithm>
#include <cmath>
#include <boost/math/statistics/bivariate_statistics.hpp>
#include <boost/math/statistics/univariate_statistics.hpp>
#include <cstdio>
#include <gsl/gsl_statistics_double.h>
#include <vector>
using boost::math::statistics::correlation_coefficient;
int main()
{
    const std::vector<double> rows = {9, 1, 8, 2, 7, 3, 6, 4, 5};
    std::vector<double> boost = rows, gsl = rows, spread = rows, sorted = rows;
    double medians[2] = {boost::math::statistics::median(boost), gsl_stats_median(gsl.data(), 1, gsl.size())};
    double mad = boost::math::statistics::median_absolute_deviation(spread);
    std::sort(sorted.begin(), sorted.end());
    bool kept = std::is_permutation(boost.begin(), boost.end(), rows.begin()) && std::is_permutation(gsl.begin(), gsl.end(), rows.begin());
    auto show = [](const char *name, const std::vector<double> &v) {
        std::printf("%s", name);
        for (double x : v)
            std::printf(" %g", x);
        std::printf("\n");
    };
    show("rows", rows);
    show("after Boost's median", boost);
    show("after GSL's median", gsl);
    show("after Boost's median_absolute_deviation", spread);
    double twice[2] = {correlation_coefficient(rows, boost), correlation_coefficient(rows, gsl)};
    std::printf("medians %g %g, deviation %g; correlation of the column with itself: %g by Boost, %g by GSL\n", medians[0], medians[1], mad, twice[0], twice[1]);
    return !(medians[0] == 5 && medians[1] == 5 && kept && twice[0] < 0.9 && twice[1] < 0.9 && spread != rows);
}
CPP
g++ -std=c++17 -o try try.cpp -Iroot/usr/include -L"$lib" -lgsl -lgslcblas -lm
LD_LIBRARY_PATH=$lib ./try || { echo "CHANGED"; exit 1; }
