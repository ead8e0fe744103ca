#!/usr/bin/env bash
# RDKit 2022.09.3: SmilesMolSupplier("x.smi") of three molecules gives two, without the first; with titleLine=False three. A molecule that cannot be read is None in its place, and one that is filtered out moves the others up.
#
# A file with a SMILES and a name in each line, as all programs write it, is expected to have as many molecules as lines. The first line is taken for names of columns unless told otherwise, also where it is a molecule: labels, activities or fingerprints beside the file belong to the molecule before,
# one row off throughout, and a model still learns something of neighbours in a sorted file. Open Babel and Chem.MolFromSmiles line by line read all. Nothing is said. What to do: titleLine=False, and count.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-rdkit=202209.3-1 librdkit1 python3-numpy 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-rdkit|librdkit1|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-rdkit=202209.3-1 librdkit1 python3-numpy $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-rdkit_*.deb Version | sed 's/^/python3-rdkit /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib
cat >try.py <<'PY'
from rdkit import Chem, RDLogger, rdBase
print("rdkit", rdBase.rdkitVersion)
RDLogger.DisableLog("rdApp.*")
with open("x.smi", "w") as file:
    file.write("CCO ethanol\nCC ethane\nC methane\n")
def names(**how):
    return [m.GetProp("_Name") for m in Chem.SmilesMolSupplier("x.smi", **how)]
usual, told = names(), names(titleLine=False)
bad = Chem.MolFromSmiles("C(C)(C)(C)(C)C")
print("of ethanol, ethane, methane:", usual, "; with titleLine=False:", told, "; five bonds at a carbon:", bad)
assert usual == ["ethane", "methane"] and told == ["ethanol", "ethane", "methane"] and bad is None
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
