#!/usr/bin/env bash
# udsv 0.7.3 (npm): a column of letters A, C, G, T is one of truth values, T true and all others false; one of T, C, G, A is one of letters; 1, 0, 1, 2 are numbers.
#
# A column is expected to be of truth values where it has nothing else. One cell that may stand for true - t, y, x, on, 1 beside words - behind the first is enough for the whole: sequences, genotypes, answers "maybe" and
# marks lose all their letters but one, and which column it meets depends on the order of the rows. A number's column is one by its first rows as well: "x7" below is NaN.
# Nothing is said. What to do: set col.type of inferSchema(text).cols to "s", or stringObjs.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts udsv@0.7.3 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { inferSchema, initParser } from "udsv";
const read = (cells, type) => {
  const text = "id,x\n" + cells.map((cell, i) => i + "," + cell).join("\n") + "\n";
  const schema = inferSchema(text);
  if (type) schema.cols[1].type = type;
  return initParser(schema).typedObjs(text).map((row) => row.x);
};
console.log("udsv " + JSON.parse(readFileSync("node_modules/udsv/package.json")).version);
const cases = ["A C G T", "T C G A", "n maybe y", "1 0 1 2"].map((line) => line.split(" "));
const answers = cases.map((cells) => read(cells));
cases.forEach((cells, i) => console.log(cells.join(" ") + " are " + answers[i].join(" ")));
const late = read([..."0123456789".repeat(3)].concat("x7"));
const typed = read(cases[0], "s");
console.log("x7 in row 31: " + late[30] + "; A C G T as \"s\": " + typed.join(" "));
process.exit(answers[0].join() === "false,false,false,true" && answers[1].join("") === "TCGA" && answers[2].join() === "false,false,true" && answers[3].join("") === "1012" && typed.join("") === "ACGT" && Number.isNaN(late[30]) ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
