#!/usr/bin/env bash
# jcampconverter 12.5.3 (npm): of a JCAMP-DX spectrum 2 ? 6 8 10 at 400 to 404 the result is 2 6 8 10 at 400 to 403; a line that says it begins at 405 continues at 403, and with NPOINTS of 9 for five readings they are half a step apart.
#
# The format marks a reading that is missing by ?, and begins each line with its x so that a reader can see where it is. Here ? is left out, and x is counted from FIRSTX on, with a step made of FIRSTX, LASTX and NPOINTS, whatever the lines say: from the first gap on each reading stands one step too low, and peaks are elsewhere,
# in a table with the right numbers of x and y. Nothing is said. What to do: look for ? in the text first; compare the last x of each spectrum with the file's.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts jcampconverter@12.5.3 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import { convert } from "jcampconverter";
console.log("jcampconverter " + JSON.parse(readFileSync("node_modules/jcampconverter/package.json")).version);
const read = (first, second, count) => {
    const text = `##TITLE=t\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n##FIRSTX=400\n##LASTX=404\n##NPOINTS=${count}\n##XFACTOR=1\n##YFACTOR=1\n##DELTAX=1\n##FIRSTY=2\n##XYDATA=(X++(Y..Y))\n${first}\n${second}\n##END=\n`;
    const { x, y } = convert(text).flatten[0].spectra[0].data;
    return [...x].join(" ") + ": " + [...y].join(" ");
};
const whole = read("400 2 4 6", "403 8 10", 5), missing = read("400 2 ? 6", "403 8 10", 5), gap = read("400 2 4 6", "405 8 10", 5), count = read("400 2 4 6", "403 8 10", 9);
console.log(whole + "\nwith ? for 4: " + missing + "\nwith 405 for 403: " + gap + "\nwith NPOINTS=9: " + count);
process.exit(whole === "400 401 402 403 404: 2 4 6 8 10" && missing === "400 401 402 403: 2 6 8 10" && gap === whole && count === "400 400.5 401 401.5 402: 2 4 6 8 10" ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
