#!/usr/bin/env bash
# PHP 8.2: json_encode(array_filter([1, null, 2])) is {"0":1,"2":2}, as of a list from which one row was taken away by unset or array_unique; where the last one goes it stays a list; a list with NAN in it is false, which prints as nothing.
#
# A list without some of its rows is expected to be a list. PHP keeps the old numbers of what is left, and a list whose numbers have a hole, or are not in order after asort, is an object in JSON: a server that wants rows refuses it, one that is lenient takes keys for
# names. It depends on the data whether there is a hole: of complete rows, or of those that lack the last cell, all is well. A body of false is sent as an empty one. Nothing is said. What to do: array_values() around it; JSON_THROW_ON_ERROR.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends php8.2-cli=8.2.36-1~deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'php8.2-cli' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq php8.2-cli=8.2.36-1~deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f php8.2-cli_*.deb Version | sed 's/^/php8.2-cli /'
cat >try.php <<'PHP'
<?php
$holes = json_encode(array_filter([1, null, 2], fn($x) => $x !== null));
$end = json_encode(array_filter([1, 2, null], fn($x) => $x !== null));
$unique = json_encode(array_unique([1, 1, 0]));
$sorted = [3, 1, 2];
asort($sorted);
$order = json_encode($sorted);
$values = json_encode(array_values(array_filter([1, null, 2], fn($x) => $x !== null)));
$nan = json_encode([0.5, NAN]);
echo PHP_VERSION, ": without a middle row $holes, without the last $end, unique $unique, after asort $order, with array_values $values, NAN: ", var_export($nan, true), ", sent as '$nan'\n";
exit($holes === '{"0":1,"2":2}' && $end === '[1,2]' && $unique === '{"0":1,"2":0}' && $order === '{"1":1,"2":2,"0":3}' && $values === '[1,2]' && $nan === false ? 0 : 1);
PHP
LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu root/usr/bin/php8.2 -n try.php || { echo "CHANGED"; exit 1; }
