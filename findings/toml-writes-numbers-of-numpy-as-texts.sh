#!/usr/bin/env bash
# toml 0.10.2 (Python): a number that comes from numpy is written in quotes, lr = "0.1", and True as "True".
#
# float64 is a subclass of float, so a float is expected, or an error as from json for float32. Numbers are found by their exact type and all
# others become texts: settings chosen by a search over numpy arrays come back as "0.1", for which 2 * lr is "0.10.1" and "False" is true.
# Nothing is said. What to do: .item(), .tolist(), or toml.TomlNumpyEncoder.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq python3-toml=0.10.2-1 python3-numpy=1:1.24.2-1+deb12u1 libblas3 liblapack3 libopenblas0-pthread libgfortran5 libquadmath0 \
    libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-toml_*.deb Version | sed 's/^/python3-toml /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import numpy as np
import toml
settings = {"lr": np.float64(0.1), "units": np.int64(5), "bias": np.bool_(False), "rates": [np.float64(0.5)], "plain": 0.1}
text = toml.dumps(settings)
back = toml.loads(text)
print(text, back)
assert back == {"lr": "0.1", "units": "5", "bias": "False", "rates": ["0.5"], "plain": 0.1} and 2 * back["lr"] == "0.10.1" and bool(back["bias"])
PY
/usr/bin/python3 try.py || { echo "CHANGED"; exit 1; }
