#!/usr/bin/env bash
# Ruby 3.1, Perl 5.36, PHP 8.2 and fflate 0.8.3 (npm): of a .gz file in two parts Zlib::GzipReader, IO::Uncompress::Gunzip, gzdecode and gunzipSync give the first part only, and gunzipSync nothing at all of a file by bgzip; gzip, Python, Node and pako give both.
#
# A .gz file may have any number of parts one behind the other, and the text is expected to be theirs together. cat a.gz b.gz, a log that is appended to, and bgzip, which starts a part every 64 KiB, make such files: alignments and variants come in
# them. The first part is a whole text, mostly of whole lines, and all of it where the file is small, as in a first try: rows behind it are gone. Nothing is said, and the
# end of the file is reported. What to do: Zlib::GzipReader.zcat, MultiStream => 1, gzfile or compress.zlib:// in PHP, pako, or gzip -dc.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts fflate@0.8.3 pako@3.0.3 >/dev/null
missing=$(apt-get install -s --no-install-recommends tabix=1.16+ds-3 php8.2-cli=8.2.36-1~deb12u1 ruby3.1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'tabix|php8.2-cli|ruby3.1|libruby3.1' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq tabix=1.16+ds-3 php8.2-cli=8.2.36-1~deb12u1 ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 libyaml-0-2 libgmp10 libcrypt1 zlib1g $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in tabix php8.2-cli libruby3.1; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
seq 1 20000 >rows
{ head -n 100 rows | gzip; tail -n +101 rows | gzip; } >parts.gz
root/usr/bin/bgzip -c rows >blocks.gz
cat >try.rb <<'RB'
require "zlib"
ARGV.each { |file| puts Zlib::GzipReader.open(file) { |text| text.each_line.count } }
puts File.open(ARGV[0], "rb") { |file| Zlib::GzipReader.zcat(file) }.lines.count
RB
cat >try.pl <<'PL'
use IO::Uncompress::Gunzip qw(gunzip);
for my $file (@ARGV) { my $text; gunzip($file => \$text) or die; print scalar(split /\n/, $text), "\n" }
my $text;
gunzip($ARGV[0] => \$text, MultiStream => 1) or die;
print scalar(split /\n/, $text), "\n";
PL
cat >try.php <<'PHP'
<?php
foreach (array_slice($argv, 1) as $file) echo substr_count(gzdecode(file_get_contents($file)), "\n"), "\n";
echo count(gzfile($argv[1])), "\n";
PHP
cat >try.cjs <<'JS'
const { readFileSync } = require("fs"), zlib = require("zlib"), fflate = require("fflate"), pako = require("pako");
const rows = (bytes) => Buffer.from(bytes).toString().split("\n").length - 1;
const files = process.argv.slice(2).map((file) => readFileSync(file));
for (const file of files) console.log(rows(fflate.gunzipSync(file)));
if (rows(zlib.gunzipSync(files[1])) !== rows(pako.ungzip(files[1]))) process.exit(1);
console.log(rows(zlib.gunzipSync(files[0])));
JS
found() { tr '\n' ' ' | sed 's/ $//'; }
ruby=$(root/usr/bin/ruby3.1 --disable=gems -I root/usr/lib/ruby/3.1.0 -I root/usr/lib/x86_64-linux-gnu/ruby/3.1.0 try.rb parts.gz blocks.gz | found)
perl=$(perl try.pl parts.gz blocks.gz | found)
php=$(root/usr/bin/php8.2 -n try.php parts.gz blocks.gz | found)
fflate=$(node try.cjs parts.gz blocks.gz | found)
echo "rows of two parts, of the blocks of bgzip, of two parts by the way that reads all: Ruby $ruby; Perl $perl; PHP $php; fflate, then zlib of Node $fflate"
for answer in "$ruby" "$perl" "$php"; do
    read -r parts blocks all <<<"$answer"
    [ "$parts" = 100 ] && [ "$blocks" -gt 10000 ] && [ "$blocks" -lt 15000 ] && [ "$all" = 20000 ] || { echo "CHANGED"; exit 1; }
done
[ "$fflate" = "100 0 20000" ] || { echo "CHANGED"; exit 1; }
[ "$(gzip -dc blocks.gz | wc -l)" = 20000 ] || { echo "CHANGED"; exit 1; }
