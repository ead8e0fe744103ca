#!/usr/bin/env bash
# Eigen 3.4.0: loadMarket of a Matrix Market file of the kind "pattern" gives entries of any value, of a "symmetric" one half of the couplings, and true each time.
#
# A reader of the format is expected to mind its first line, which says both, or to refuse what it does not know. The
# matrix has the right size and number of entries, nonZeros() included; the weights of a graph's edges are what stood in
# memory, 0 or the last number of the file read before. There is getMarketHeader to ask what the file is, and the reader
# does not use it. What to do: ask it; for pattern set the values to 1, for symmetric use
# m.selfadjointView<Eigen::Lower>().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libeigen3-dev=3.4.0-4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libeigen3-dev_*.deb Version | sed 's/^/libeigen3-dev /'
cat >try.cc <<'C'
#include <Eigen/Sparse>
#include <unsupported/Eigen/SparseExtra>
#include <cstdio>
#include <fstream>
#include <iostream>
static Eigen::MatrixXd load(const char *kind, const char *entries)
{
    std::ofstream("x.mtx") << "%%MatrixMarket matrix coordinate " << kind << "\n3 3 2\n" << entries;
    Eigen::SparseMatrix<double> m;
    bool read = Eigen::loadMarket(m, "x.mtx");
    int sym = 0;
    bool is_complex = false, is_vector = false;
    Eigen::getMarketHeader("x.mtx", sym, is_complex, is_vector);
    std::cout << kind << ": returns " << read << ", entries " << m.nonZeros() << ", symmetric in the header: " << (sym == Eigen::Symmetric) << "\n" << Eigen::MatrixXd(m) << "\n";
    if (sym == Eigen::Symmetric)
        std::cout << "selfadjointView:\n" << Eigen::MatrixXd(Eigen::SparseMatrix<double>(m.selfadjointView<Eigen::Lower>())) << "\n";
    return m;
}
int main()
{
    Eigen::MatrixXd general = load("real general", "2 1 0.5\n3 2 -1\n"), symmetric = load("real symmetric", "2 1 0.5\n3 2 -1\n");
    Eigen::MatrixXd pattern = load("pattern general", "2 1\n3 2\n");
    return !(general(1, 0) == 0.5 && symmetric == general && symmetric(0, 1) == 0 && pattern(1, 0) != 1);
}
C
g++ -w -o try try.cc -Iroot/usr/include/eigen3
./try || { echo "CHANGED"; exit 1; }
