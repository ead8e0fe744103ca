#!/usr/bin/env bash
# xtensor 0.24.3: dump_csv of bits held as uint8 writes control characters, of 65 the letter A; of doubles six digits, 1234567.891 as 1.23457e+06; load_csv reads "1;2" as 1 and 1.7 into whole numbers as 1.
#
# A CSV is expected to hold the numbers, as dump_npy beside it does. Cells go to a C++ stream as they are: one of eight bits is a character, so that a matrix of 0 and 1 is a file of NUL and SOH that no reader takes, or takes for empty cells,
# and a double has the six digits of a stream, with which rows that differed are equal. Reading stops at the first character that is no number and says so only where there was none at all.
# What to do: xt::cast<int>(bits); out.precision(17) before dump_csv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libxtensor-dev=0.24.3-1 xtl-dev nlohmann-json3-dev 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libxtensor-dev_*.deb Version | sed 's/^/libxtensor-dev /'
cat >try.cpp <<'C'
#include <iostream>
#include <sstream>
#include <xtensor/xarray.hpp>
#include <xtensor/xcsv.hpp>
template <class T> std::string written(const T& x, int digits = 6) {
    std::ostringstream out;
    out.precision(digits);
    xt::dump_csv(out, x);
    return out.str();
}
template <class T> auto loaded(const char* text) {
    std::istringstream in(text);
    return xt::load_csv<T>(in);
}
int main() {
    const xt::xarray<uint8_t> bits = {{0, 1}, {65, 66}};
    const xt::xarray<double> numbers = {{1234567.891, 0.1234567891}};
    const std::string csv = written(bits), ints = written(xt::xarray<int>(xt::cast<int>(bits))), doubles = written(numbers);
    std::cout << "bytes of the file of 0 1 65 66:";
    for (unsigned char c : csv) std::cout << " " << int(c);
    const auto semicolons = loaded<double>("1;2\n3;4\n");
    const auto whole = loaded<int>("1.7,2\n");
    std::cout << "\nby xt::cast<int>: " << ints << "doubles: " << doubles << "with 17 digits: " << written(numbers, 17) << "columns of 1;2: " << semicolons.shape()[1] << ", 1.7 as int: " << whole(0, 0) << "\n";
    return csv == std::string("\0,\1\nA,B\n", 8) && ints == "0,1\n65,66\n" && doubles == "1.23457e+06,0.123457\n" && semicolons.shape()[1] == 1 && whole(0, 0) == 1 ? 0 : 1;
}
C
g++ -w -std=c++17 -Iroot/usr/include try.cpp -o try && ./try || { echo "CHANGED"; exit 1; }
