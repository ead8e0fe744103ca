#!/usr/bin/env bash
# jsonc-parser 3.3.1 (npm): of [0.5, NaN, 2], as Python's json writes it, parse gives [0.5, 2], of [1,,3] the list [1, 3], and of a text cut in the third row two rows and a half; nothing is thrown.
#
# A parser of JSON with comments is expected to take comments, and to throw at what is no JSON. What it cannot read it leaves out and goes on, as an editor wants it: a row with a gap is a row that is shorter, whose numbers belong to
# other columns, and an answer that was cut off is a smaller table. Whoever asks for the list of problems gets them: parse(text, problems). What to do:
# give that list and look whether it is empty.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts jsonc-parser@3.3.1 >/dev/null
cat >try.cjs <<'JS'
const { parse } = require("jsonc-parser");
console.log("jsonc-parser " + require("jsonc-parser/package.json").version);
const texts = ["[0.5, NaN, 2]", "[0.5, -Infinity, 2]", "[1,,3]", '{"rows":[[1,2],[3,4],[5'];
const found = texts.map((text) => JSON.stringify(parse(text)));
const problems = [];
parse(texts[0], problems);
texts.forEach((text, i) => console.log(text + " is " + found[i]));
console.log("problems, if asked for: " + problems.length);
process.exit(found.join(" ") === '[0.5,2] [0.5,2] [1,3] {"rows":[[1,2],[3,4],[5]]}' && problems.length > 0 ? 0 : 1);
JS
node try.cjs || { echo "CHANGED"; exit 1; }
