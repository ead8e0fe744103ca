#!/usr/bin/env bash
# DuckDB 1.5.6 (npm): the cosine similarity of a row of zeros to any other is -1, and to itself; its distance is 2, the largest there is.
#
# 0 (scikit-learn) or NaN (scipy) is expected of what has no direction. The quotient 0 / 0 is cut to the range -1 to 1 and ends at its lower end: a sample with no unit on
# is as far from everything as can be, also from a second one like it, means of similarities sink, and a search for opposites finds it first. Nothing is said. What
# to do: CASE WHEN list_dot_product(x, x) = 0 THEN NULL.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @duckdb/node-api@1.5.6-r.1 >/dev/null
cat >try.mjs <<'JS'
import { DuckDBInstance } from "@duckdb/node-api";
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const ask = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson()[0];
console.log("duckdb", ...(await ask("SELECT version()")));
const lists = await ask("SELECT list_cosine_similarity([0, 0], [1, 0]), list_cosine_similarity([0, 0], [-1, 0]), list_cosine_similarity([0, 0], [0, 0]), list_cosine_distance([0, 0], [1, 0])");
const arrays = await ask("SELECT array_cosine_similarity([0, 0]::FLOAT[2], [1, 0]::FLOAT[2]), array_cosine_distance([0, 0]::FLOAT[2], [0, 0]::FLOAT[2]), array_cosine_similarity([1, 0]::FLOAT[2], [0, 1]::FLOAT[2])");
console.log("lists, similarity of 0 0 to 1 0, to -1 0, to 0 0:", lists.slice(0, 3).join(", "), "; distance to 1 0:", lists[3]);
console.log("arrays, similarity of 0 0 to 1 0:", arrays[0], "; distance to 0 0:", arrays[1], "; 1 0 to 0 1:", arrays[2]);
process.exit(lists.join() === "-1,-1,-1,2" && arrays.join() === "-1,2,0" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
