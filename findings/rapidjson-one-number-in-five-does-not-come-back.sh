#!/usr/bin/env bash
# RapidJSON 1.1.0 and Boost.JSON 1.81: of 10000 numbers with 17 digits about 1900 are read as the neighbour of what strtod reads, also of those that the library itself wrote.
#
# Seventeen digits are enough to name a double, so writing and reading is expected to give it back. Both readers build the number by multiplying with powers of ten in double, for speed, which is
# right for short numbers and off by one in the last place for one long one in five. Weights saved and read are not those trained, and equal sums and rows stop being equal. RapidJSON has a flag for the
# right way, which is not the default; this Boost has none. What to do: Parse<kParseFullPrecisionFlag>, or weights as hexadecimal or binary.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq rapidjson-dev=1.1.0+dfsg2-7.1 libboost1.81-dev=1.81.0-5+deb12u1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in rapidjson-dev libboost1.81-dev; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
cat >try.cpp <<'C'
#include <boost/json/src.hpp>
#include <cstdint>
#include <cstdio>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <string>

template <unsigned flags> static double by_rapidjson(const std::string &text)
{
    rapidjson::Document document;
    document.Parse<flags>(text.c_str());
    return document.GetDouble();
}

static double by_boost(const std::string &text) { return boost::json::parse(text).as_double(); }

int main()
{
    int rapid = 0, full = 0, own = 0, boost = 0, boost_own = 0;
    uint64_t state = 1;
    std::string first;
    for (int i = 0; i < 10000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double x = double((state >> 11) | 1) * 0x1p-53;
        char text[64];
        std::snprintf(text, sizeof text, "%.17g", x);
        rapidjson::StringBuffer buffer;
        rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
        writer.Double(x);
        if (by_rapidjson<0>(text) != x && first.empty()) first = text;
        rapid += by_rapidjson<0>(text) != x;
        full += by_rapidjson<rapidjson::kParseFullPrecisionFlag>(text) != x;
        own += by_rapidjson<0>(buffer.GetString()) != x;
        boost += by_boost(text) != x;
        boost_own += by_boost(boost::json::serialize(boost::json::value(x))) != x;
    }
    std::printf("of 10000 not the same: RapidJSON %d, with kParseFullPrecisionFlag %d, what it wrote itself %d; Boost.JSON %d, what it wrote itself %d\n", rapid, full, own, boost, boost_own);
    std::printf("%s is read as %.17g by RapidJSON, %.17g by Boost.JSON, %.17g by strtod\n", first.c_str(), by_rapidjson<0>(first), by_boost(first), std::strtod(first.c_str(), nullptr));
    return !(rapid > 1000 && full == 0 && own > 500 && boost > 1000 && boost_own > 500);
}
C
g++ -O1 -w -Iroot/usr/include try.cpp -o try
./try || { echo CHANGED; exit 1; }
