#!/usr/bin/env bash
# LokiJS 1.5.12 (npm): of rows with a = 5, null, 9, nothing and NaN find({ a: { $lt: 1 } }) gives those with null, nothing and NaN, and $gt: -1 those with 5 and 9; median of 5, null, 9 is 7, min of 5, NaN is NaN; $eq: 10 does not find "10", $between: [0, 20] does.
#
# The operators have the names of MongoDB's, where $lt of a number looks at numbers only. Here whatever is missing comes before all numbers: rows "below the threshold" are first of all those that have never been scored, and a count of them is a count of gaps. Texts are numbers for some operators and not for others.
# Nothing is said. What to do: { $and: [{ a: { $type: "number" } }, { a: { $gte: -1e308 } }, { a: { $lt: 1 } }] }.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts lokijs@1.5.12 >/dev/null
cat >try.cjs <<'JS'
const Loki = require("lokijs");
console.log("lokijs " + require("lokijs/package.json").version);
const table = (rows) => {
    const t = new Loki("x").addCollection("t");
    t.insert(rows);
    return t;
};
const say = (rows) => rows.map((r) => String(r.a)).join(" "), all = () => table([{ a: 5 }, { a: null }, { a: 9 }, {}, { a: NaN }]);
const below = say(all().find({ a: { $lt: 1 } })), above = say(all().find({ a: { $gt: -1 } }));
const text = say(table([{ a: "10" }]).find({ a: { $eq: 10 } })), between = say(table([{ a: "10" }]).find({ a: { $between: [0, 20] } }));
const middle = table([{ a: 5 }, { a: null }, { a: 9 }]).median("a"), least = table([{ a: 5 }, { a: NaN }]).min("a");
const told = say(all().find({ $and: [{ a: { $type: "number" } }, { a: { $gte: -1e308 } }, { a: { $lt: 6 } }] }));
console.log("$lt: 1: " + below + "; $gt: -1: " + above + "; median: " + middle + "; min: " + least + "; \"10\" by $eq: " + (text || "none") + ", by $between: " + between + "; below 6 told: " + told);
process.exit(below === "null undefined NaN" && above === "5 9" && text === "" && between === "10" && Number.isNaN(least) ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
