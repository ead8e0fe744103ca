#!/usr/bin/env bash
# CDO 2.1.1 and NCO 5.1.4: of the bytes 0, 1, 1, 1 the mean is 0.75 where cdo prints it, 1 where cdo or ncwa writes it, 0 by ncap2's avg(); and 0 and 1 with 0.5 added are 1 and 2.
#
# What cdo output shows is expected to be what the same operator writes. A result is computed in double and then stored in the type of the variable that it came from: cdo and ncwa round, ncap2 cuts, and s/2 of it is whole
# division throughout. Rates of bits in a file of bytes are all 0 or 1, their deviations too, and a file of means looks like one more row of data. Nothing is said. What to do: cdo -b F64, or ncap2 -s 's=double(s)' first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends cdo=2.1.1-1+deb12u1 nco=5.1.4-1+deb12u1 netcdf-bin 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'cdo|nco|netcdf-bin' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq cdo=2.1.1-1+deb12u1 nco=5.1.4-1+deb12u1 netcdf-bin $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in cdo nco; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
lib=$PWD/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$PWD/root/usr/lib/nco:$lib:$lib/hdf5/serial:$lib/openblas-pthread:$lib/blas LC_ALL=C
UDUNITS2_XML_PATH=$(find "$PWD/root" /usr/share/xml -name udunits2.xml 2>/dev/null | head -n 1)
export UDUNITS2_XML_PATH PATH=$PWD/root/usr/bin:$PATH
cat >bits.cdl <<'N'
netcdf bits {
dimensions: time = 4 ;
variables: byte s(time) ; double time(time) ; time:units = "days since 2000-01-01" ;
data: s = 0, 1, 1, 1 ; time = 0, 1, 2, 3 ;
}
N
ncgen -o bits.nc bits.cdl
cdo -s timmean bits.nc cdo.nc
cdo -s -b F64 timmean bits.nc told.nc
cdo -s addc,0.5 bits.nc more.nc
ncwa -O -a time bits.nc ncwa.nc
ncap2 -O -s 'm=s.avg()' bits.nc ncap2.nc
value() { ncdump -v "$2" "$1" | sed -n "/^data:/,\$ s/^ $2 = \(.*\) ;/\1/p"; }
shown=$(cdo -s output -timmean bits.nc | xargs) written=$(value cdo.nc s) told=$(value told.nc s) more=$(value more.nc s) ncwa=$(value ncwa.nc s) ncap2=$(value ncap2.nc m)
echo "mean of 0, 1, 1, 1: cdo output $shown, written by cdo $written, with -b F64 $told, by ncwa $ncwa, by ncap2 $ncap2; with 0.5 added by cdo: $more"
[ "$shown/$written/$told/$ncwa/$ncap2/$more" = "0.75/1/0.75/1/0/1, 2, 2, 2" ] || { echo CHANGED; exit 1; }
