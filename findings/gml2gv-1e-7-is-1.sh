#!/usr/bin/env bash
# Graphviz 2.42.2: gml2gv makes of an edge with weight 1e-7 one with weight 1 and a further attribute e = -7, while 2.5e-3 stays; mm2gv makes of a symmetric Matrix Market file with the couplings 0.5 and -2 a directed graph with each edge twice, units from 0, and no couplings.
#
# igraph writes a small weight as 1e-7, and a converter is expected to read it, or to stop. Without a point the scanner ends a number at the letter and takes the rest for a name and its value: the smallest couplings become the largest ones.
# mm2gv reads the kind "real symmetric" and drops the values. Nothing is said. What to do: write weights without an exponent ("%.17f"), or DOT at once.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends graphviz=2.42.2-7+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'graphviz' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq graphviz=2.42.2-7+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f graphviz_*.deb Version | sed 's/^/graphviz /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$lib:$lib/graphviz
printf 'graph [\n node [ id 0 ]\n node [ id 1 ]\n node [ id 2 ]\n edge [ source 0 target 1 weight 1e-7 ]\n edge [ source 1 target 2 weight 2.5e-3 ]\n edge [ source 0 target 2 weight 0.125 ]\n]\n' >graph.gml
printf '%%%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 0.5\n3 2 -2\n' >graph.mtx
gml=$(root/usr/bin/gml2gv graph.gml 2>messages | tr -s ' \t\n' ' ')
matrix=$(root/usr/bin/mm2gv graph.mtx 2>>messages | tr -s ' \t\n' ' ')
echo "gml2gv: $gml"
echo "mm2gv: $matrix; messages: $(wc -c <messages) bytes"
case $gml in *"0 -- 1 [e=-7, weight=1]"*"0 -- 2 [weight=0.125]"*"1 -- 2 [weight="*"2.5e-3"*) ;; *) echo CHANGED; exit 1 ;; esac
case $matrix in "digraph "*"{ 0 -> 1; 1 -> 0; 1 -> 2; 2 -> 1; }"*) ;; *) echo CHANGED; exit 1 ;; esac
[ ! -s messages ] || { echo CHANGED; exit 1; }
