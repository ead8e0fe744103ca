#!/usr/bin/env bash
# mpi4py 3.1.4: Bcast and Gather of whole numbers into an array of floats give 5e-324, 1e-323, ... without an error, Allreduce refuses the same; allreduce of the lists [1, 2] of two ranks is [1, 2, 1, 2], its MAX the list that comes last in a dictionary.
#
# numpy.array([1, 2, 3]) at the root and numpy.empty(3) elsewhere look alike, and are expected to be converted, or to be refused, as in Allreduce. The first are int64, the others float64, of eight bytes each: bits are taken for what they are not, and weights, counts or seeds become the smallest numbers there
# are, zeros in any print with decimals. In small letters lists are Python's: their sum is one behind the other, so that a mean over ranks is too long, and the larger list is decided by its first element. Arrays in small letters add up as they should. Nothing is said. What to do: one dtype on all ranks, written out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-mpi4py=3.1.4-2+b2 python3-numpy libopenmpi3=4.1.4-3+b1 openmpi-common=4.1.4-3 openmpi-bin=4.1.4-3+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-mpi4py|python3-numpy|libopenmpi3|openmpi-common|openmpi-bin' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-mpi4py=3.1.4-2+b2 python3-numpy libopenmpi3=4.1.4-3+b1 openmpi-common=4.1.4-3 openmpi-bin=4.1.4-3+b1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f python3-mpi4py_*.deb Version | sed 's/^/python3-mpi4py /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib/openblas-pthread:$lib/openmpi/lib:$lib OPENBLAS_NUM_THREADS=1 OPAL_PREFIX=$PWD/root/usr
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm_rsh_agent=/bin/true
cat >try.py <<'PY'
import numpy as np
from mpi4py import MPI

world = MPI.COMM_WORLD
first = world.rank == 0
w = np.array([1, 2, 3]) if first else np.empty(3)
world.Bcast(w)
gathered = np.zeros(4)
world.Gather(np.array([1, 2]), gathered)
try:
    world.Allreduce(np.array([1, 2]), np.zeros(2))
    summed = "taken"
except ValueError:
    summed = "refused"
lists = world.allreduce([1, 2])
largest = world.allreduce([1, 9] if first else [2, 0], op=MPI.MAX)
arrays = world.allreduce(np.array([1.5, 2.0]))
answers = world.gather((w.tolist(), summed, lists, largest, arrays.tolist()))
if first:
    print("Bcast of 1 2 3 into floats:", answers[1][0], "Gather of 1 2 into floats:", gathered.tolist(), "Allreduce:", summed, "; allreduce of lists:", lists, "MAX of [1, 9] and [2, 0]:", largest, "of arrays:", arrays.tolist())
    assert answers[1][0] == [5e-324, 1e-323, 1.5e-323] and gathered.tolist() == [5e-324, 1e-323] * 2 and summed == "refused"
    assert lists == [1, 2, 1, 2] and largest == [2, 0] and arrays.tolist() == [3.0, 4.0]
PY
timeout 60 "$(readlink -f root/usr/bin/mpirun.openmpi)" --oversubscribe -n 2 /usr/bin/python3 try.py 2>log || { cat log; echo "CHANGED"; exit 1; }
