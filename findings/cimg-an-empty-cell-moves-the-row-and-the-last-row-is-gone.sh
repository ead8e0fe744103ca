#!/usr/bin/env bash
# CImg 3.2.1 (C++, also inside G'MIC): of a CSV whose second row is ",1,0" it reads 1 0 0, of "0.5,NA,1" it reads 0.5 1 0, and the last row is left out where the file does not end with a line end.
#
# A cell without a number is expected to be an error or missing, and to leave the others where they are; words in the first cell, a header, are an error here. Elsewhere numbers are taken as they come and what is no number is skipped: what stands behind a gap moves a column to the left, and a 0 fills the row at its end. Files that
# editors and join() write end without a line end: of two rows one is there. Nothing is said. What to do: a number of one's own in each gap, a line end behind the last row, and a look at height ().
set -euo pipefail
command -v g++ >/dev/null || { echo "needs g++"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq cimg-dev=3.2.1+dfsg-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f cimg-dev_*.deb Version | sed 's/^/cimg-dev /'
cat >try.cpp <<'C'
#define cimg_display 0
#include <CImg.h>
#include <fstream>
#include <iostream>
#include <sstream>
static std::string read(const char *text)
{
    std::ofstream("rows.csv", std::ios::binary) << text;
    cimg_library::CImg<double> rows("rows.csv");
    std::ostringstream found;
    cimg_forXY(rows, x, y) found << rows(x, y) << (x + 1 < rows.width() ? " " : "; ");
    return found.str();
}
int main()
{
    const std::string gap = read("0,1,1\n,1,0\n1,0,1\n"), word = read("0.5,NA,1\n0,1,1\n"), open = read("1,2,3\n4,5,6"), whole = read("1,2,3\n4,5,6\n");
    std::cout << "a gap in the second row: " << gap << "NA: " << word << "without a line end: " << open << "with one: " << whole << "\n";
    return !(gap == "0 1 1; 1 0 0; 1 0 1; " && word == "0.5 1 0; 0 1 1; " && open == "1 2 3; " && whole == "1 2 3; 4 5 6; ");
}
C
g++ -O0 -w -I root/usr/include try.cpp -o try -lpthread 2>log || { cat log; exit 1; }
./try || { echo "CHANGED"; exit 1; }
