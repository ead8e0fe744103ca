#!/usr/bin/env bash
# Armadillo 11.4.2: load("x.csv", csv_ascii) makes zeros of names, NA, empty cells and quoted numbers, and says true.
#
# The call returns whether it succeeded, so a file with something else than numbers is expected to be false. It is true throughout: a header is a row of
# zeros more, "1" in quotes is 0, a short line is filled up with zeros, and 1;2;3 the one number 1. Matrices of bits or counts look
# right afterwards. raw_ascii of the same library does refuse words. What to do: look for other
# letters in the file first, and compare n_rows and n_cols with what it should be.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libarmadillo-dev=1:11.4.2+dfsg-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
cat >try.cpp <<'C'
#define ARMA_DONT_USE_WRAPPER
#define ARMA_DONT_USE_BLAS
#define ARMA_DONT_USE_LAPACK
#define ARMA_DONT_USE_SUPERLU
#include <armadillo>
#include <fstream>
static bool becomes(const char *text, const arma::mat &expected)
{
    std::ofstream("x.csv") << text;
    arma::mat x;
    bool said = x.load("x.csv", arma::csv_ascii);
    std::cout << text << "-> " << (said ? "true" : "false") << "\n" << x;
    return said && arma::size(x) == arma::size(expected) && arma::all(arma::vectorise(x == expected));
}
int main()
{
    std::cout << "armadillo " << arma::arma_version::as_string() << "\n";
    bool ok =
        becomes("age,income\n30,100\n", {{0, 0}, {30, 100}}) & becomes("1,NA,3\n4,,6\n", {{1, 0, 3}, {4, 0, 6}}) &
              becomes("\"1\",2\n\"3\",4\n", {{0, 2}, {0, 4}}) & becomes("1,2,3\n4\n", {{1, 2, 3}, {4, 0, 0}}) & becomes("1;2\n3;4\n", arma::mat("1; 3"));
    std::ofstream("x.txt") << "1 NA 3\n";
    arma::mat x;
    return !(ok && !x.load("x.txt", arma::raw_ascii));
}
C
g++ -O0 -w -o try try.cpp -Iroot/usr/include 2>/dev/null
./try || { echo "CHANGED"; exit 1; }
