#!/usr/bin/env bash
# chance 1.1.13 (npm): floating between 0 and 0.00001 is 0 or 0.0001, which is beyond its end, between 0 and 1 one of 10001 numbers, and bool with likelihood 0.5 is true once in 200.
#
# A random number between two bounds is expected to be any, and within them. Four decimals are kept, rounded, whatever the range: noise, learning rates and perturbations are 0 or ten times what was asked for, among 1000 draws dozens are equal,
# and 0 and 1 come out, of which the logarithms are infinite. likelihood is in percent, without an error for 0.5: masks and flips of bits hardly happen. Ranges such as
# 0 to 100 look right. What to do: fixed: 15, or max * chance.random(); likelihood: 50.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts chance@1.1.13 >/dev/null
cat >try.mjs <<'JS'
import Chance from "chance";
import { readFileSync } from "fs";
const chance = new Chance(1);
const draw = (n, f) => Array.from({ length: n }, f);
const small = new Set(draw(2000, () => chance.floating({ min: 0, max: 0.00001 })));
const odd = new Set(draw(2000, () => chance.floating({ min: 0.00004, max: 0.00006 })));
const unit = draw(1000, () => chance.floating({ min: 0, max: 1 }));
const full = draw(1000, () => chance.floating({ min: 0, max: 1, fixed: 15 }));
const rate = draw(20000, () => chance.bool({ likelihood: 0.5 })).filter(Boolean).length / 20000;
const random = draw(1000, () => chance.random());
console.log("chance " + JSON.parse(readFileSync("node_modules/chance/package.json")).version + ": 2000 draws from 0 to 0.00001: " + [...small].join(", ") + "; from 0.00004 to 0.00006: " + [...odd].join(", "));
console.log("different ones of 1000 from 0 to 1: " + new Set(unit).size + ", with fixed: 15 " + new Set(full).size + ", random() " + new Set(random).size + "; true with likelihood 0.5: " + rate);
process.exit(odd.has(0.0001) && [...odd].every((x) => x === 0 || x === 0.0001) && new Set(unit).size < 980 && new Set(random).size === 1000 && rate < 0.02 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
