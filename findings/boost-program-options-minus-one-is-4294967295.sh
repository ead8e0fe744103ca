#!/usr/bin/env bash
# Boost 1.74 (program_options): --steps=-1 for a value<unsigned> is 4294967295, -1 for an unsigned short 65535; --bits=5 for a value<unsigned char> is 53, and 12 is refused there; --te=5 is --temperature=5.
#
# A number below 0 is expected to be refused for an unsigned, as 4294967297 is, and small numbers to be numbers. Texts are converted by lexical_cast, which takes a sign in front of an unsigned as strtoul does, and a byte for one letter: "5" is its code. A run of -1 steps is one of four thousand million,
# layers of 8 bits have 56. Nothing is said. What to do: value<int>, and a notifier that looks at the range.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libboost-program-options1.74-dev=1.74.0+ds1-21 libboost1.74-dev=1.74.0+ds1-21 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libboost-program-options1.74-dev|libboost1.74-dev' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libboost-program-options1.74-dev=1.74.0+ds1-21 libboost1.74-dev=1.74.0+ds1-21 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libboost-program-options1.74-dev_*.deb Version | sed 's/^/libboost-program-options1.74-dev /'
dpkg-deb -f libboost1.74-dev_*.deb Version | sed 's/^/libboost1.74-dev /'
cat >try.cpp <<'C'
#include <boost/program_options.hpp>
#include <cstdio>

namespace options = boost::program_options;

int main()
{
    unsigned steps = 0;
    unsigned short rows = 0;
    unsigned char bits = 0;
    double temperature = 0;
    bool quiet = true, refused = false;
    options::options_description all;
    all.add_options()("steps", options::value(&steps))("rows", options::value(&rows))("bits", options::value(&bits))("temperature", options::value(&temperature))("quiet", options::value(&quiet));
    auto read = [&](std::vector<std::string> words) {
        options::variables_map map;
        options::store(options::command_line_parser(words).options(all).run(), map);
        options::notify(map);
    };
    read({"--steps=-1", "--rows=-1", "--bits=5", "--te=5", "--quiet=no"});
    try {
        read({"--bits=12"});
    } catch (const options::error &) {
        refused = true;
    }
    std::printf("--steps=-1: %u, --rows=-1: %d, --bits=5: %d, --bits=12 refused: %d, --te=5: %g, --quiet=no: %d\n", steps, rows, bits, refused, temperature, quiet);
    return !(steps == 4294967295u && rows == 65535 && bits == 53 && refused && temperature == 5 && !quiet);
}
C
g++ -w -Iroot/usr/include try.cpp -o try root/usr/lib/x86_64-linux-gnu/libboost_program_options.a
./try || { echo CHANGED; exit 1; }
