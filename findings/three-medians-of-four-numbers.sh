#!/usr/bin/env bash
# The median of 1, 2, 3, 4 is 2.5 in numpy and datamash 1.7, 2 in PyTorch 1.13, and 3 in Miller 6.6.
#
# Between two middle values the mean is expected. torch.median takes the lower one, Miller's median and p50 the upper one. For bits the three say 0.5, 0 and 1
# where half of the rows are on; thresholds and "median free energy" of one file differ by the tool. What to do: torch.quantile(x, 0.5),
# mlr stats1 -i -a p50.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-torch=1.13.1+dfsg-4 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE "python3-torch|libtorch1.13" || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq miller=6.6.0-2+b3 datamash=1.7-2 python3-torch=1.13.1+dfsg-4 libtorch1.13=1.13.1+dfsg-4 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in miller datamash python3-torch; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread
printf '%s\n' x 1 2 3 4 >x.csv
torch=$(/usr/bin/python3 -c 'import torch; x = torch.tensor([1.0, 2, 3, 4]); print(x.median().item(), x.quantile(0.5).item())')
miller="$(root/usr/bin/mlr --icsv --onidx stats1 -a median -f x x.csv) $(root/usr/bin/mlr --icsv --onidx stats1 -i -a p50 -f x x.csv)"
datamash=$(root/usr/bin/datamash --header-in median 1 <x.csv)
echo "median of 1 2 3 4: torch $torch (median, quantile), Miller $miller (median, -i p50), datamash $datamash"
[ "$torch, $miller, $datamash" = "2.0 2.5, 3 2.5, 2.5" ] || { echo CHANGED; exit 1; }
