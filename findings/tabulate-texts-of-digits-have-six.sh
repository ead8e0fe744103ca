#!/usr/bin/env bash
# tabulate 0.8.9 and texttable 1.6.7 (Python): the text "1234567.891" is printed as 1.23457e+06 by the first, the text "0012345678" as 12345678 and 0.0000123 as 0.000 by the second.
#
# A table made for reading is expected to print texts as they are, and numbers so that they can be told apart. A column in which all cells look like numbers is one of numbers, texts too: tabulate writes six digits, as for sums of money, counts above a million and log-likelihoods such as -1234567.89, in its formats tsv and
# csv-like ones as well, from which the numbers are read again; texttable writes three decimals, and decides for each cell alone. Identifiers lose their zeros, rates are 0. Nothing is said.
# What to do: tabulate(..., disable_numparse=True) or floatfmt=".17g"; table.set_cols_dtype(["t", ...]).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-tabulate=0.8.9-1 python3-texttable=1.6.7-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-tabulate|python3-texttable' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-tabulate=0.8.9-1 python3-texttable=1.6.7-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-tabulate_*.deb Version | sed 's/^/python3-tabulate /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import tabulate
import texttable

rows = [["1234567.891", 0.00001234567], ["2.5", -1234567.89]]
usual = tabulate.tabulate(rows, tablefmt="tsv").split("\n")
told = tabulate.tabulate(rows, tablefmt="tsv", disable_numparse=True).split("\n")
table = texttable.Texttable()
table.set_deco(0)
table.add_rows([["0012345678", 0.0000123]], header=False)
drawn = table.draw().split()
print("tabulate:", usual, "disable_numparse:", told, "texttable of 0012345678 and 0.0000123:", drawn)
assert [x.strip() for x in usual[0].split("\t")] == ["1.23457e+06", "1.23457e-05"]
assert usual[1].split("\t")[1].strip() == "-1.23457e+06" and told[0].startswith("1234567.891")
assert drawn == ["12345678", "0.000"]
PY
/usr/bin/python3 try.py 2>log || { cat log; echo "CHANGED"; exit 1; }
