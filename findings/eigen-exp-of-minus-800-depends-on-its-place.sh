#!/usr/bin/env bash
# Eigen 3.4.0: exp of an array of five numbers, all -800, is 5.6e-309 four times and 0 the fifth time; in float exp(-120) is 2.9e-39 and then 0.
#
# exp(-800) is expected to be 0, as in the C library, and equal numbers to have equal results. Eigen works through an array in packets, whose exp holds its argument at about -709, so that nothing gets
# smaller than 5.6e-309; what is left over at the end goes to std::exp. Unlikely states get a weight that no longer depends on their energy (-740 and -800 weigh the same), and which one drops out
# depends on the length of the array and where a block begins. tanh, logistic and log-sum-exp are made of it. Nothing is said. What to do: (x < -708).select(0, x.exp()).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libeigen3-dev=3.4.0-4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libeigen3-dev_*.deb Version | sed 's/^/libeigen3-dev /'
cat >try.cpp <<'C'
#include <Eigen/Core>
#include <cmath>
#include <cstdio>

int main()
{
    Eigen::ArrayXd far = Eigen::ArrayXd::Constant(5, -800), near = Eigen::ArrayXd::Constant(5, -740), of_far = far.exp(), of_near = near.exp();
    Eigen::ArrayXf single = Eigen::ArrayXf::Constant(5, -120), of_single = single.exp();
    std::printf("exp of five -800: %g ... %g; of five -740: %g ... %g; C library: %g and %g\n", of_far[0], of_far[4], of_near[0], of_near[4], std::exp(far[0]), std::exp(near[0]));
    std::printf("exp of five -120 in float: %g ... %g\n", of_single[0], of_single[4]);
    bool same = of_far[0] == of_far[1] && of_far[0] == of_near[0];
    return !(same && of_far[0] > 5e-309 && of_far[4] == 0 && of_near[4] < 1e-320 && of_single[0] > 1e-39f && of_single[4] == 0);
}
C
g++ -O2 -Iroot/usr/include/eigen3 try.cpp -o try
./try || { echo CHANGED; exit 1; }
