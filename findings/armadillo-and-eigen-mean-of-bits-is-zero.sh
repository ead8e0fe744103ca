#!/usr/bin/env bash
# Armadillo 11.4.2 and Eigen 3.4.0: the mean of the whole numbers 0, 1, 1, 1 is 0, and 300 ones held as bytes have the sum 44.
#
# A mean is expected to be a fraction, 0.75. In both libraries the result has the type of the elements: sum and quotient are whole numbers, and those of unsigned char, the natural home of
# bits and grey levels, wrap at 256. Armadillo's median of 0 and 1 is 0, too, and mean(umat) of a table is a row of zeros with here and there a one, as rates of bits can look. Compilers say nothing.
# What to do: mean(conv_to<mat>::from(x)) and x.cast<double>().mean().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libarmadillo-dev=1:11.4.2+dfsg-1 libeigen3-dev=3.4.0-4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libarmadillo-dev libeigen3-dev; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
cat >try.cpp <<'C'
#define ARMA_DONT_USE_WRAPPER
#define ARMA_DONT_USE_BLAS
#define ARMA_DONT_USE_LAPACK
#include <Eigen/Core>
#include <armadillo>
#include <cstdio>

int main()
{
    arma::umat bits = {{0, 1}, {1, 1}, {1, 1}, {1, 1}};
    arma::uvec two = {0, 1};
    arma::Col<unsigned char> bytes(300, arma::fill::ones);
    Eigen::VectorXi same(4);
    same << 0, 1, 1, 1;
    Eigen::Array<unsigned char, Eigen::Dynamic, 1> others(300);
    others.setOnes();
    arma::urowvec means = arma::mean(bits);
    arma::rowvec told = arma::mean(arma::conv_to<arma::mat>::from(bits));
    int middle = int(arma::median(two)), sum = int(arma::accu(bytes)), sum_of_eigen = int(others.sum());
    std::printf("Armadillo: means %d %d, as double %g %g, median of 0 and 1 %d, sum of 300 bytes %d\n", int(means[0]), int(means[1]), told[0], told[1], middle, sum);
    std::printf("Eigen: mean %d, as double %g, sum of 300 bytes %d\n", same.mean(), same.cast<double>().mean(), sum_of_eigen);
    return !(means[0] == 0 && means[1] == 1 && told[0] == 0.75 && middle == 0 && sum == 44 && same.mean() == 0 && same.cast<double>().mean() == 0.75 && sum_of_eigen == 44);
}
C
g++ -O1 -w -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu -Iroot/usr/include/eigen3 try.cpp -o try 2>/dev/null
./try || { echo CHANGED; exit 1; }
