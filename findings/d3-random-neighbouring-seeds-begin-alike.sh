#!/usr/bin/env bash
# d3-random 3.0.2 (npm): the first numbers of seeds 1, 2, 3, ... are 0.2365, 0.2368, 0.2372, ...
#
# Chains numbered from 1 are expected to start anywhere. randomLcg takes one step from its seed, without mixing, so that
# seeds side by side begin within 0.0004: a choice of an initial state or of a fold by the first draw is the same for the
# first hundred chains. Signs and decimals of a seed do not count (1, -1 and 1.5 are one seed). Fractions as seeds are no
# better: 0.1 and 0.3 begin alike. What to do: a generator that mixes its seed, such as seedrandom, as the source.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts d3-random@3.0.2 seedrandom@3.0.5 >/dev/null
cat >try.mjs <<'JS'
import { randomLcg, randomNormal } from "d3-random";
import seedrandom from "seedrandom";
const draws = (seed, n) => { const random = randomLcg(seed); return Array.from({ length: n }, random); };
for (const seed of [1, 2, 3, -1, 1.5, 0.1, 0.2, 0.3]) console.log("seed", seed, draws(seed, 3).map((x) => x.toFixed(4)).join(" "));
const first = Array.from({ length: 100 }, (_, i) => draws(i + 1, 1)[0]);
const second = Array.from({ length: 100 }, (_, i) => draws(i + 1, 2)[1]);
const spread = (x) => Math.max(...x) - Math.min(...x);
const mixed = Array.from({ length: 100 }, (_, i) => seedrandom(i + 1)());
const normal = [1, 2, 3].map((seed) => randomNormal.source(randomLcg(seed))()().toFixed(4));
console.log("seeds 1 to 100: first numbers between", Math.min(...first).toFixed(4), "and", Math.max(...first).toFixed(4), "- range of the second ones", spread(second).toFixed(4));
console.log("first normal numbers of seeds 1, 2, 3:", normal.join(" "), "- range of seedrandom's first numbers", spread(mixed).toFixed(4));
const same = [-1, 1.5].every((seed) => draws(seed, 3).join() === draws(1, 3).join());
process.exit(spread(first) < 0.04 && spread(second) > 0.9 && same && spread(mixed) > 0.9 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
