#!/usr/bin/env bash
# nlohmann/json 3.11.2: json rows = {{"b", 1}, {"a", 2}, {"b", 3}} is {"a":2,"b":1}, and [0, 256, 1.9, -1] read as bytes is 0, 0, 1, 255.
#
# Braces are expected to make lists: {{1, 2}, {3, 4}} does. If each inner list has two elements and begins with a text, it is an object instead: a table of names and numbers is sorted, and of a name that comes
# twice the first row stays; a third column makes it a list again. Types do not help on the way out either: get<uint8_t>() and get<int>() cut and wrap whatever number there is, where at() and get do
# complain of texts. Nothing is said. What to do: json::array({...}) for lists; get<double>() and a look at the range.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq nlohmann-json3-dev=3.11.2-2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f nlohmann-json3-dev_*.deb Version | sed 's/^/nlohmann-json3-dev /'
cat >try.cpp <<'C'
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>
using nlohmann::json;

int main()
{
    json rows = {{"b", 1}, {"a", 2}, {"b", 3}}, wider = {{"b", 1, 0}, {"a", 2, 0}}, told = json::array({json::array({"b", 1}), json::array({"a", 2}), json::array({"b", 3})});
    std::cout << "rows of two: " << rows << ", of three: " << wider << ", by json::array: " << told << "\nread as bytes:";
    std::vector<uint8_t> bytes = json::parse("[0, 256, 1.9, -1]");
    for (int byte : bytes) std::cout << ' ' << byte;
    std::cout << "; -1 as unsigned: " << json::parse("-1").get<uint32_t>() << '\n';
    return !(rows.dump() == R"({"a":2,"b":1})" && wider.is_array() && told.size() == 3 && bytes == std::vector<uint8_t>{0, 0, 1, 255} && json::parse("-1").get<uint32_t>() == 4294967295u);
}
C
g++ -O0 -Iroot/usr/include try.cpp -o try
./try || { echo CHANGED; exit 1; }
