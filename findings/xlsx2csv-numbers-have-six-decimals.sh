#!/usr/bin/env bash
# xlsx2csv 0.7.8: 0.0000001 in a cell comes out as 0.000000, 1/3 as 0.333333, and 0.123456789 in a cell that shows two decimals as 0.12.
#
# A converter is expected to write the number that is in the file, as pandas, openpyxl and csvkit's in2csv read it. It writes what it takes a spreadsheet to show: two decimals where the column is formatted so, and six where no format is given, not even "general" as spreadsheets have it, which
# shows 1E-07. p-values, rates and weights far below 1 are 0, sums of shares are not 1, and rows that differ come out equal, while numbers such as 1234.5 are as they were. --floatformat helps
# the first and the third and not 1/3. Nothing is said. What to do: in2csv, or openpyxl.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends xlsx2csv=1:0.7.8-1 python3-openpyxl=3.0.9-1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'xlsx2csv|python3-openpyxl' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq xlsx2csv=1:0.7.8-1 python3-openpyxl=3.0.9-1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in xlsx2csv python3-openpyxl; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import subprocess
import sys
import openpyxl
book = openpyxl.Workbook()
sheet = book.active
sheet.append([1e-7, 1 / 3, 0.123456789, 1234.5])
sheet["C1"].number_format = "0.00"
book.save("x.xlsx")
def cells(*options):
    run = subprocess.run([sys.executable, "root/usr/bin/xlsx2csv", *options, "x.xlsx"], capture_output=True, text=True, check=True)
    return run.stdout.strip().split(",")
usual, asked = cells(), cells("--floatformat", "%.17g")
print("1e-7, 1/3, 0.123456789 shown with two decimals, 1234.5:", usual, "; with --floatformat %.17g:", asked)
assert [cell.value for cell in openpyxl.load_workbook("x.xlsx").active[1]] == [1e-7, 1 / 3, 0.123456789, 1234.5] and asked[1] == "0.333333"
assert usual == ["0.000000", "0.333333", "0.12", "1234.5"]
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
