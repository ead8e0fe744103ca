#!/usr/bin/env bash
# MPICH 4.0.2 and Open MPI 4.1.4: a program of the one started by mpirun -n 4 of the other runs four times as rank 0 of 1, and exits 0.
#
# mpirun is one name in both, and which is first in the path (a module, conda, Debian's alternatives) is expected to be right, or to be refused. A program that does not understand its starter takes
# itself for the only process: four chains are seeded by rank 0 and agree to the last bit, each copy works through all of the data and writes the same file, and a benchmark finds that four ranks are as fast
# as one. Nothing is said. What to do: have rank 0 print the number of ranks and compare it with what was asked.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fetch() {
    local want=$1 names=$2 missing
    # shellcheck disable=SC2086 # words wanted
    missing=$(apt-get install -s --no-install-recommends $want 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE "$names" || true)
    # shellcheck disable=SC2086 # words wanted
    apt-get download -qq $want $missing 2>/dev/null
}
fetch "python3-mpi4py=3.1.4-2+b2 python3-numpy libopenmpi3=4.1.4-3+b1 openmpi-common=4.1.4-3 openmpi-bin=4.1.4-3+b1" 'python3-mpi4py|python3-numpy|libopenmpi3|openmpi-common|openmpi-bin'
fetch "mpich=4.0.2-3+b1 libmpich12=4.0.2-3+b1 libslurm38" 'mpich|libmpich12|libslurm38'
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for package in mpich openmpi-bin; do dpkg-deb -f ${package}_*.deb Version | sed "s/^/$package /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$lib/openblas-pthread:$lib/openmpi/lib:$lib/slurm-wlm:$lib OPENBLAS_NUM_THREADS=1 OPAL_PREFIX=$PWD/root/usr
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm_rsh_agent=/bin/true
cat >try.py <<'PY'
import os
import numpy as np
from mpi4py import MPI
world = MPI.COMM_WORLD
os.write(1, b"rank %d of %d draws %.6f\n" % (world.rank, world.size, np.random.default_rng(world.rank + 1).random()))
PY
own=$("$(readlink -f root/usr/bin/mpirun.openmpi)" --oversubscribe -n 4 /usr/bin/python3 try.py 2>/dev/null | sort)
other=$("$(readlink -f root/usr/bin/mpirun.mpich)" -n 4 /usr/bin/python3 try.py | sort)
printf 'by mpirun of Open MPI:\n%s\nby mpirun of MPICH:\n%s\n' "$own" "$other"
[ "$(grep -o 'rank . of 4' <<<"$own" | sort -u | wc -l)" = 4 ] && [ "$(wc -l <<<"$other")" = 4 ] && [ "$(sort -u <<<"$other" | wc -l)" = 1 ] && grep -q '^rank 0 of 1 ' <<<"$other" || { echo CHANGED; exit 1; }
