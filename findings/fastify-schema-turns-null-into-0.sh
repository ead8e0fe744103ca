#!/usr/bin/env bash
# Fastify 4.29.1 (npm): a body that its route's schema does not allow is changed until it does - null becomes 0, one row of two numbers two rows of one.
#
# A schema is expected to let a body pass or to refuse it. Fastify's default settings convert first: missing values among numbers are zeros, so a
# model behind it never hears of the gap; "seed": null is seed 0; [1, 2] where rows are asked for is [[1], [2]]; true is 1; and with
# additionalProperties false a misspelt name is removed and its value with it. Each is answered 200. What to do: ajv: { customOptions: {
# coerceTypes: false, removeAdditional: false } }.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts fastify@4.29.1 >/dev/null
cat >try.js <<'JS'
const fastify = require("fastify");
const rows = { type: "array", items: { type: "array", items: { type: "number" } } };
const body = { type: "object", required: ["inputs"], additionalProperties: false, properties: { inputs: rows, seed: { type: "integer" } } };
const bodies = ['{"inputs":[[1,null,3]]}', '{"inputs":[[1]],"seed":null}', '{"inputs":[1,2]}', '{"inputs":[[true]],"sede":7}'];
async function answers(options) {
  const server = fastify(options);
  server.post("/", { schema: { body } }, async (request) => request.body);
  const found = [];
  for (const payload of bodies) {
    const reply = await server.inject({ method: "POST", url: "/", payload, headers: { "content-type": "application/json" } });
    found.push(reply.statusCode === 200 ? reply.body : String(reply.statusCode));
  }
  return found;
}
(async () => {
  const byDefault = await answers({});
  const strict = await answers({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
  console.log("fastify " + require("fastify/package.json").version);
  bodies.forEach((sent, i) => console.log(sent + " arrives as " + byDefault[i] + ", without coercion: " + strict[i]));
  const expected = ['{"inputs":[[1,0,3]]}', '{"inputs":[[1]],"seed":0}', '{"inputs":[[1],[2]]}', '{"inputs":[[1]]}'];
  process.exit(byDefault.join() === expected.join() && strict.every((x) => x === "400") ? 0 : 1);
})();
JS
node try.js || { echo "CHANGED"; exit 1; }
