#!/usr/bin/env bash
# PHP 8.2: array_merge of counts by number, ["10" => 5] and ["20" => 6], is [5, 6]; array_shift and array_multisort number words anew as well, and array_rand draws a sample that is always in order.
#
# Keys are expected to stay with their values, as those that are words do. A key that looks like a whole number is one, and these functions take such keys for mere places: tables of counts by product, user or year that are put together begin again at 0, a key in both is not added or
# overwritten but there twice, and "007" beside them, which looks like no number, stays. array_rand of 5 gives places in ascending order, so that what is done with the first and the last of them is no
# random thing. Nothing is said. What to do: $a + $b or array_replace; shuffle the sample.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends php8.2-cli=8.2.36-1~deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'php8.2-cli' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq php8.2-cli=8.2.36-1~deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f php8.2-cli_*.deb Version | sed 's/^/php8.2-cli /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
cat >try.php <<'PHP'
<?php
$first = ["10" => 5, "20" => 6, "007" => 1];
$second = ["20" => 2, "30" => 7];
$merged = array_merge($first, $second);
$replaced = array_replace($first, $second);
$shifted = ["10" => 5, "20" => 6, "007" => 1];
array_shift($shifted);
mt_srand(1);
$inOrder = 0;
for ($i = 0; $i < 1000; $i++) {
    $sample = array_rand(range(0, 99), 5);
    $sorted = $sample;
    sort($sorted);
    $inOrder += $sample === $sorted;
}
echo "merged: ", json_encode($merged), "; replaced: ", json_encode($replaced), "; without the first: ", json_encode($shifted), "; samples in order: $inOrder of 1000\n";
exit($merged === [0 => 5, 1 => 6, "007" => 1, 2 => 2, 3 => 7] && $replaced === [10 => 5, 20 => 2, "007" => 1, 30 => 7] && $shifted === [0 => 6, "007" => 1] && $inOrder === 1000 ? 0 : 1);
PHP
root/usr/bin/php8.2 -n try.php || { echo "CHANGED"; exit 1; }
