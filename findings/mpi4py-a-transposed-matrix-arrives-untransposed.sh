#!/usr/bin/env bash
# mpi4py 3.1.4: comm.Send(w.T), Bcast and Allreduce of a transposed matrix send the untransposed one; send(w.T), in small letters, the right one.
#
# The calls with a capital are the fast ones for arrays and refuse a slice such as w[:, ::2], whose cells do not lie side by side. A
# transposed matrix is expected to be refused alike, or to arrive as it is indexed. Its cells do lie side by side, in Fortran order, and
# that order is what is sent: the receiver, in C order, has w. A square matrix of couplings keeps its shape, sums are right, and one that
# came out of R, Octave or a transposition earlier in the program makes each rank learn with other weights. What to do:
# numpy.ascontiguousarray(w.T) before sending.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-mpi4py=3.1.4-2+b2 python3-numpy libopenmpi3=4.1.4-3+b1 openmpi-common=4.1.4-3 openmpi-bin=4.1.4-3+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-mpi4py|python3-numpy|libopenmpi3|openmpi-common|openmpi-bin' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-mpi4py=3.1.4-2+b2 python3-numpy libopenmpi3=4.1.4-3+b1 openmpi-common=4.1.4-3 openmpi-bin=4.1.4-3+b1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-mpi4py_*.deb Version | sed 's/^/python3-mpi4py /'
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu/openblas-pthread:$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.py <<'PY'
import os
import numpy as np
os.environ["OPAL_PREFIX"] = os.getcwd() + "/root/usr"
from mpi4py import MPI
comm = MPI.COMM_SELF
w = np.arange(9.0).reshape(3, 3)
fast, summed = np.empty((3, 3)), np.empty((3, 3))
comm.Sendrecv(w.T, 0, recvbuf=fast, source=0)
comm.Allreduce(w.T, summed)
slow = comm.sendrecv(w.T, 0, source=0)
try:
    comm.Sendrecv(w[:, ::2], 0, recvbuf=np.empty((3, 2)), source=0)
    strided = "sent"
except (ValueError, BufferError) as e:
    strided = "refused"
for name, got in ("Sendrecv", fast), ("Allreduce", summed), ("sendrecv", slow):
    print(name, "of w.T gives", "w" if (got == w).all() else "w.T" if (got == w.T).all() else "something else")
print("w[:, ::2] is", strided)
assert (fast == w).all() and (summed == w).all() and (slow == w.T).all() and strided == "refused"
PY
/usr/bin/python3 -W ignore try.py || { echo "CHANGED"; exit 1; }
