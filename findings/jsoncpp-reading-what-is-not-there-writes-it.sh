#!/usr/bin/env bash
# JsonCpp 1.9.5: asDouble() of null is 0, and so it is of a key that is not there, which afterwards is there as null; root["x"][5] makes a list of three numbers one of six.
#
# Asking for a member is expected to fail where there is none, or at least to change nothing. operator[] of a value that is not const adds what it is asked for: a misspelt name is 0 for the computation and is written out as null, and a loop that goes one too far lengthens the row by gaps.
# A true is 1, a 3.7 asked for by asInt is 3; only texts throw. What to do: isMember before, a const reference, or root.get("x", default).
set -euo pipefail
command -v g++ >/dev/null || { echo "needs g++"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libjsoncpp-dev=1.9.5-4 libjsoncpp25=1.9.5-4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libjsoncpp25_*.deb Version | sed 's/^/libjsoncpp25 /'
cat >try.cc <<'C'
#include <iostream>
#include <json/json.h>
#include <sstream>

int main()
{
    Json::StreamWriterBuilder writer;
    writer["indentation"] = "";
    Json::Value root;
    std::istringstream("{\"energy\":null,\"x\":[1,2,3]}") >> root;
    double gap = root["energy"].asDouble(), misspelt = root["enregy"].asDouble(), beyond = root["x"][5].asDouble();
    std::string after = Json::writeString(writer, root);
    const Json::Value &fixed = root;
    double same = fixed["nothing"].asDouble();
    std::string unchanged = Json::writeString(writer, root);
    bool thrown = false;
    try {
        Json::Value("5").asDouble();
    } catch (const Json::LogicError &) {
        thrown = true;
    }
    std::cout << "null: " << gap << ", misspelt: " << misspelt << ", x[5]: " << beyond << ", afterwards " << after << "; by a const reference: " << same << "; a text throws: " << thrown << std::endl;
    return !(gap == 0 && misspelt == 0 && beyond == 0 && after == "{\"energy\":null,\"enregy\":null,\"x\":[1,2,3,null,null,null]}" && same == 0 && unchanged == after && thrown);
}
C
lib=$PWD/root/usr/lib/x86_64-linux-gnu
g++ -Iroot/usr/include -Iroot/usr/include/jsoncpp try.cc -L"$lib" -Wl,-rpath,"$lib" -l:libjsoncpp.so.25 -o try
./try || { echo "CHANGED"; exit 1; }
