#!/usr/bin/env bash
# fast-json-stringify 7.3.10 (npm): an energy of null is written as 0, also in a list, a missing text as "", "false" as true, 3.7 of a whole number as 3.
#
# A schema of an answer is expected to be kept, or its breach to be an error, as NaN is one here. What the schema does not call nullable is
# converted: a client cannot tell a gap from a 0, nor a number from a cut one, and what the schema does not name is left out. (It is what
# Fastify writes answers with, where a route has a schema for them.) What to do: nullable: true, or type: ["number", "null"], for all that
# may be missing.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts fast-json-stringify@7.3.10 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import build from "fast-json-stringify";
console.log("fast-json-stringify " + JSON.parse(readFileSync("node_modules/fast-json-stringify/package.json")).version);
const schema = (number) => ({ type: "object", properties: { energy: number, row: { type: "array", items: number }, n: { type: "integer" }, name: { type: "string" }, ok: { type: "boolean" } } });
const value = { energy: null, row: [1, null], n: 3.7, name: null, ok: "false", extra: 1 };
const usual = build(schema({ type: "number" }))(value), told = build(schema({ type: ["number", "null"] }))(value);
let refused = false;
try { build(schema({ type: "number" }))({ energy: NaN }); } catch { refused = true; }
console.log(JSON.stringify(value) + " is written as " + usual + "; energies that may be null: " + told + "; NaN refused: " + refused);
process.exit(usual === '{"energy":0,"row":[1,0],"n":3,"name":"","ok":true}' && told.startsWith('{"energy":null,"row":[1,null]') && refused ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
