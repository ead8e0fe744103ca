#!/usr/bin/env bash
# Open MPI 4.1.4: mpirun -n 1 PROGRAM gives the program one core of the machine, so its threads are one, or all on that core.
#
# mpirun is expected to start processes and leave their threads alone. It binds a process to a core: a threaded trainer is
# as slow as on one core when it is run alone for a test or a benchmark - and what counts CPUs to choose its threads
# (OpenMP, nproc, os.sched_getaffinity) finds 1. Nothing is said. What to do: mpirun --bind-to none.
set -euo pipefail
[ "$(nproc)" -ge 2 ] || { echo "needs two CPUs"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends openmpi-bin=4.1.4-3+b1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'openmpi-bin|libopenmpi3|openmpi-common' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq openmpi-bin=4.1.4-3+b1 libopenmpi3=4.1.4-3+b1 openmpi-common=4.1.4-3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f openmpi-bin_*.deb Version | sed 's/^/openmpi-bin /'
export OPAL_PREFIX=$PWD/root/usr LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu:$PWD/root/usr/lib/x86_64-linux-gnu/openmpi/lib
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm_rsh_agent=/bin/true
run() { "$(readlink -f root/usr/bin/mpirun.openmpi)" -n 1 "$@" 2>/dev/null; }
plain=$(nproc) bound=$(run nproc) free=$(run --bind-to none nproc)
echo "CPUs for a program alone: $plain, by mpirun -n 1: $bound, by mpirun -n 1 --bind-to none: $free"
[ "$bound" = 1 ] && [ "$free" = "$plain" ] || { echo CHANGED; exit 1; }
