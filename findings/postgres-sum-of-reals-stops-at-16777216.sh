#!/usr/bin/env bash
# PostgreSQL 18 (PGlite 0.5.17, npm): the sum of twenty million ones in a column of the type real is 16777216, their avg 1; sum / count is 0.84.
#
# Columns are real (float4) because weights, scores and pictures are, and avg of one is in double and right, so the same is expected of sum; DuckDB has it so. sum(real)
# adds row by row in float4: from 2^24 on a 1 changes nothing, shares, weighted means sum(w * x) / sum(w) and totals by group are too small or depend on the order of rows, and
# nothing is said. Small tables are right to six digits. What to do: sum(x::float8).
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @electric-sql/pglite@0.5.17 >/dev/null
cat >try.mjs <<'JS'
import { PGlite } from "@electric-sql/pglite";
const db = new PGlite(), ask = async (text) => (await db.query(text)).rows[0];
console.log((await ask("SELECT version() AS v")).v.split(" on ")[0]);
const ones = await ask("SELECT sum(x) AS total, avg(x) AS mean, sum(x) / count(*) AS quotient, sum(x::float8) AS wide FROM (SELECT 1::real AS x FROM generate_series(1, 20000000)) AS t");
const mixed = "FROM (SELECT (CASE WHEN g = 1 THEN 16777216 ELSE 1 END)::real AS x FROM generate_series(1, 1001) AS g) AS t";
const order = await ask(`SELECT sum(x ORDER BY x) AS up, sum(x ORDER BY x DESC) AS down ${mixed}`);
console.log("twenty million ones:", JSON.stringify(ones), "; 2^24 and a thousand ones, upwards and downwards:", JSON.stringify(order));
process.exit(ones.total === 16777216 && ones.mean === 1 && ones.wide === 2e7 && order.up === 16778216 && order.down === 16777216 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
