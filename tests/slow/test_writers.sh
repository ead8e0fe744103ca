#!/usr/bin/env bash
# Tables, matrices, alignments and models freshly written by Debian's own programs (numpy, scipy, h5py, scikit-learn; sqlite3, R,
# Miller, Octave, mafft, hmmer): what is read is what the file contains, bit for bit; what is exported is read by Python's as the
# same machine.
set -euo pipefail

boltz=$BIN_DIR/boltz
[ -x "$boltz" ] || { echo "no boltz in $BIN_DIR: skipped"; exit 77; }
python=/usr/bin/python3
"$python" -c 'import numpy, scipy.io, scipy.sparse, h5py, sklearn.neural_network, joblib' 2>/dev/null ||
    { echo "skipped: needs python3-numpy, python3-scipy, python3-h5py and python3-sklearn"; exit 77; }
"$python" "$SOURCE_DIR/tests/slow/writers.py" "$boltz"
"$python" "$SOURCE_DIR/tests/slow/programs.py" "$boltz"
