#!/usr/bin/env bash
# Boost 1.74: write_json of a property tree with 5, true and 0.1 writes "5", "true" and "0.10000000000000001", an empty list as ""; of {"n": null, "f": 3.0, "T.0": 7} get<std::string>("n") is the text null, get<int>("f", -1) is -1 and get<int>("T.0", -1) too.
#
# A number put into a tree as an int or a double is expected to be one in JSON. The tree holds nothing but texts: servers that want numbers refuse the request, rows are lists of texts, and what was read and written again has lost its kinds. On the way in a whole number written with a point is no int, and with a
# default, as settings are read, the default is taken without a word; a point in a key parts it. read_json of what write_json wrote is right, so that a test within one program passes. What to do: Boost.JSON, or another library.
set -euo pipefail
command -v gcc >/dev/null || { echo "needs gcc"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libboost1.74-dev=1.74.0+ds1-21 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libboost1.74-dev_*.deb Version | sed 's/^/libboost1.74-dev /'
cat >try.cpp <<'CPP'
#define BOOST_BIND_GLOBAL_PLACEHOLDERS
#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <iostream>
#include <sstream>
using boost::property_tree::ptree;
int main()
{
    ptree tree, none, read;
    tree.put("steps", 5);
    tree.put("on", true);
    tree.put("rate", 0.1);
    tree.add_child("rows", none);
    std::ostringstream out;
    write_json(out, tree, false);
    std::istringstream in("{\"n\": null, \"f\": 3.0, \"T.0\": 7}");
    read_json(in, read);
    std::string text = out.str(), null = read.get<std::string>("n");
    int whole = read.get<int>("f", -1), point = read.get<int>("T.0", -1), path = read.get<int>(ptree::path_type("T.0", '/'), -1);
    text.pop_back();
    std::cout << text << "; null: " << null << ", 3.0 as int: " << whole << ", T.0: " << point << ", with another separator: " << path << "\n";
    return !(text == R"({"steps":"5","on":"true","rate":"0.10000000000000001","rows":""})" && null == "null" && whole == -1 && point == -1 && path == 7);
}
CPP
g++ -std=c++17 -isystem root/usr/include -o try try.cpp
./try || { echo "CHANGED"; exit 1; }
