#!/usr/bin/env bash
# minimist 1.2.8 and mri 1.2.0 (npm): of --bias -0.5 the bias is true, and the number is lost among options named 0 and 5; yargs-parser 22.0.0 reads -0.5, and of -1e-3 makes true as well.
#
# The word behind an option is expected to be its value, as getopt has it, and as it is with 0.5. What begins with a hyphen is another option: fields, biases and logarithms of likelihoods are true, which in sums counts as 1, and -0.5
# is the options "0" and "5". A program that is tried with positive numbers works. Written with an exponent, as programs print small numbers, yargs-parser fails too. Nothing is said.
# What to do: --bias=-0.5, or util.parseArgs of Node, which refuses what is ambiguous.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts minimist@1.2.8 mri@1.2.0 yargs-parser@22.0.0 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), { parseArgs } = require("util");
const parsers = { minimist: require("minimist"), mri: require("mri"), "yargs-parser": require("yargs-parser") };
for (const name of Object.keys(parsers)) console.log(name + " " + JSON.parse(fs.readFileSync("node_modules/" + name + "/package.json")).version);
const ask = (...words) => Object.values(parsers).map((parse) => parse(words).bias).join(" ");
const found = [ask("--bias", "0.5"), ask("--bias", "-0.5"), ask("--bias", "-1e-3"), ask("--bias=-0.5")];
let refused = false;
try { parseArgs({ args: ["--bias", "-0.5"], options: { bias: { type: "string" } } }); } catch { refused = true; }
console.log("--bias 0.5: " + found[0] + "; --bias -0.5: " + found[1] + "; --bias -1e-3: " + found[2] + "; --bias=-0.5: " + found[3] + "; refused by util.parseArgs: " + refused);
process.exit(found.join() === "0.5 0.5 0.5,true true -0.5,true true true,-0.5 -0.5 -0.5" && refused ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
