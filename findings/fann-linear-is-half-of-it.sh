#!/usr/bin/env bash
# FANN 2.2.0: a unit with the activation "linear" and the sum 3 answers 1.5, one with "sigmoid symmetric" tanh(1.5), one with the sum 2001 answers 300.
#
# A linear unit is expected to hand on its sum. Every activation is taken at steepness times the sum, and the default steepness is 0.5; for
# the sigmoid, defined with a 2 in its exponent, that cancels, so weights brought in from elsewhere are right there and answers half as large
# with linear outputs. Sums are cut off at 150 / steepness. What to do: fann_set_activation_steepness_output(net, 1) for linear units.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libfann-dev=2.2.0+ds-8 libfann2=2.2.0+ds-8 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libfann2_*.deb Version | sed 's/^/libfann2 /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.c <<'C'
#include <fann.h>
#include <math.h>
#include <stdio.h>
static double answer(enum fann_activationfunc_enum f, double steepness, fann_type x)
{
    struct fann *net = fann_create_standard(2, 1, 1);
    fann_set_activation_function_output(net, f);
    if (steepness > 0) fann_set_activation_steepness_output(net, (fann_type)steepness);
    fann_set_weight(net, 0, 2, 2);
    fann_set_weight(net, 1, 2, 1);
    double y = fann_run(net, &x)[0];
    fann_destroy(net);
    return y;
}
int main(void)
{
    double linear = answer(FANN_LINEAR, 0, 1), sigmoid = answer(FANN_SIGMOID, 0, 1), symmetric = answer(FANN_SIGMOID_SYMMETRIC, 0, 1), large = answer(FANN_LINEAR, 0, 1000);
    printf("2 x + 1 at x = 1: linear %g, sigmoid %g (1/(1+exp(-3)) is %g), symmetric %g (tanh(3) is %g); at x = 1000 linear %g; steepness 1: %g\n", linear, sigmoid, 1 / (1 + exp(-3)), symmetric, tanh(3), large, answer(FANN_LINEAR, 1, 1));
    return !(linear == 1.5 && fabs(sigmoid - 1 / (1 + exp(-3))) < 1e-6 && fabs(symmetric - tanh(1.5)) < 1e-6 && large == 300 && answer(FANN_LINEAR, 1, 1) == 3);
}
C
gcc -o try try.c -Iroot/usr/include -L"$lib" -lfann -lm
LD_LIBRARY_PATH=$lib ./try || { echo "CHANGED"; exit 1; }
