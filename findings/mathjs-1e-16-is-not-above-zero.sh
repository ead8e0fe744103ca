#!/usr/bin/env bash
# mathjs 15.2.0 (npm): larger(1e-16, 0) is false, equal(1e-16, 0) true, smaller(1 - 1e-13, 1) false, and a sparse matrix made of 1e-16 is empty.
#
# Comparisons of numbers are expected to be those of the language, or, with a tolerance, one relative to the numbers, under which nothing is
# near zero. Every relation of mathjs (also > and == in expressions, floor, sort, and what sparse matrices store) takes a difference of 1e-15
# for none: probabilities and gradients below that are zeros, and no p of 1 - 1e-13 is below 1. What to do: math.config({relTol: 1e-300,
# absTol: 0}), as below.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts mathjs@15.2.0 >/dev/null
cat >try.js <<'JS'
const { create, all } = require("mathjs");
const math = create(all);
console.log("mathjs " + math.version);
const ask = (m) => [m.larger(1e-16, 0), m.equal(1e-16, 0), m.smaller(1 - 1e-13, 1), m.evaluate("1e-16 > 0"), m.sparse([[1e-16, 1]])._values.length];
const found = ask(math), exact = ask(create(all, { relTol: 1e-300, absTol: 0 }));
const names = ["larger(1e-16, 0)", "equal(1e-16, 0)", "smaller(1 - 1e-13, 1)", "evaluate('1e-16 > 0')", "cells stored of sparse([[1e-16, 1]])"];
names.forEach((name, i) => console.log(name + ": " + found[i] + ", with those tolerances: " + exact[i]));
process.exit(found.join() === "false,true,false,false,1" && exact.slice(0, 4).join() === "true,false,true,true" ? 0 : 1);
JS
node try.js || { echo "CHANGED"; exit 1; }
