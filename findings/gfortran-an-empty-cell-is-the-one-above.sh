#!/usr/bin/env bash
# GNU Fortran 12.2.0: read(10, *) of "4,,6" leaves the second number what it was, the one of the row above, and of "7,8/9,10" ends at the slash; iostat is 0 throughout.
#
# A gap is expected to be an error, or 0 at least, as a word is an error. In list-directed input nothing between two commas means "leave it", a slash "leave the rest", and 2*0.5 is 0.5 twice: with one array read in a loop
# every gap of a CSV has the last known number of its column, rows with a date or a ratio the end of the row before, and means and correlations look as smooth as ever.
# All is as the standard has it. What to do: set the array to NaN before each read, or look for ",,", "/" and "*" in the line first.
set -euo pipefail
command -v gcc-12 >/dev/null || { echo "needs gcc-12"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq gfortran-12=12.2.0-14+deb12u1 libgfortran-12-dev=12.2.0-14+deb12u1 libgfortran5 libquadmath0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f gfortran-12_*.deb Version | sed 's/^/gfortran-12 /'
cat >try.f90 <<'F'
program try
  integer :: i, ios
  real :: row(3)
  row = 0
  open(10, file="rows.csv")
  do i = 1, 5
    read(10, *, iostat=ios) row
    print "(i5, 3f6.1)", ios, row
  end do
end program
F
printf '1,2,3\n4,,6\n7,8/9,10\n2*0.5,1\n1,NA,2\n' >rows.csv
libs=$PWD/root/usr/lib/gcc/x86_64-linux-gnu/12
root/usr/bin/x86_64-linux-gnu-gfortran-12 -B"$libs/" -c try.f90 -o try.o
gcc-12 try.o "$libs/libgfortran.a" "$PWD"/root/usr/lib/x86_64-linux-gnu/libquadmath.so.0 -lm -o try
LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu ./try >out
echo "line: status and numbers"
paste -d: rows.csv out
[ "$(sed -n '2,4p' out | tr -s ' \n' ' ')" = " 0 4.0 2.0 6.0 0 7.0 8.0 6.0 0 0.5 0.5 1.0 " ] && ! grep -q "^    0" <(sed -n 5p out) || { echo "CHANGED"; exit 1; }
