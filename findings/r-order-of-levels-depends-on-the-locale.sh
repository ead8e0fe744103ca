#!/usr/bin/env bash
# R 4.2.2: sort, factor and so the columns of a model matrix have another order under LANG=C.UTF-8 than under LANG=C; data.table's keys under both are as under C.
#
# C.UTF-8, the locale of containers, is the C locale with another encoding, and other programs sort by bytes in it. R
# sorts by the rules of a language as soon as the name is not C or POSIX: a B C there, B C a here. Level codes, the
# reference level of a regression and one-hot columns change with the environment - a shell, cron, a service, a container
# - and weights saved by place meet other columns. What to do: factor(x, levels = ...), or sort(x, method = "radix").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq r-base-core=4.2.2.20221110-2 r-cran-data.table=1.14.8+dfsg-1 libblas3 liblapack3 libgfortran5 libquadmath0 libgomp1 \
    libicu72 libtirpc3 libpaper1 libcurl4 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in r-base-core r-cran-data.table; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
ln -sf Renviron.ucf root/usr/lib/R/etc/Renviron
export R_HOME=$PWD/root/usr/lib/R R_LIBS=$PWD/root/usr/lib/R/site-library LD_LIBRARY_PATH=$PWD/root/usr/lib/R/lib:$lib:$lib/blas:$lib/lapack
cat >try.R <<'R'
options(warn = 2)
x <- c("b2", "B1", "a", "C")
order <- list(sort = sort(x), levels = levels(factor(x)), columns = colnames(model.matrix(~ x + 0)), radix = sort(x, method = "radix"),
              data.table = data.table::data.table(x, key = "x")$x)
cat(Sys.getlocale("LC_COLLATE"), "\n")
for (name in names(order)) cat(sprintf("  %-10s %s\n", name, paste(order[[name]], collapse = " ")))
expected <- if (Sys.getlocale("LC_COLLATE") == "C") "B1 C a b2" else "a B1 b2 C"
seen <- sapply(order, function(v) paste(sub("^x", "", v), collapse = " "))
quit(status = !(all(seen[1:3] == expected) && all(seen[4:5] == "B1 C a b2")))
R
for locale in C C.UTF-8; do LC_ALL=$locale "$R_HOME/bin/exec/R" --vanilla --no-echo -f try.R || { echo "CHANGED"; exit 1; }; done
