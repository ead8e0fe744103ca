#!/usr/bin/env bash
# R 4.2.2: in a folder with a .RData, R CMD BATCH and R without --vanilla draw the same random numbers in every run that does not save, without any set.seed; four jobs are one job.
#
# A session without a seed is expected to begin elsewhere each time, and Rscript does. R restores .RData first, and where the session that left it had drawn anything the file holds the state of the
# generator (.Random.seed, which ls() does not show): "R -f", R CMD BATCH and a prompt go on from there. Chains started side by side, in one folder or in copies of it, have the same numbers to the last
# bit, which reads as agreement; R CMD BATCH, which also saves, writes such a file by itself. Nothing but the line that a workspace was restored. What to do: --no-restore, or set.seed with the job's number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f r-base-core_*.deb Version | sed 's/^/r-base-core /'
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export TZ=UTC R_HOME=$PWD/root/usr/lib/R LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
run() { "$R_HOME/bin/exec/R" --no-echo "$@" -f "$work/job.R" | sed -n 's/^draws //p'; }
echo 'cat("draws", sprintf("%.6f", runif(2)), "\n")' >job.R
run --restore --save >first # as R CMD BATCH does
four=$(for job in 1 2 3 4; do
    mkdir $job
    cp .RData $job
    (cd $job && run --restore --no-save)
done)
fresh=$(for job in 1 2 3 4; do run --no-restore --no-save; done)
printf 'four jobs in copies of a folder with a .RData:\n%s\nwith --no-restore:\n%s\n' "$four" "$fresh"
[ "$(sort -u <<<"$four" | wc -l)" = 1 ] && [ "$(sort -u <<<"$fresh" | wc -l)" = 4 ] || { echo CHANGED; exit 1; }
