#!/usr/bin/env bash
# got 16.1.0 (npm): searchParams take the place of those in the address, so that of "/sample?seed=7" with searchParams {steps: 20} the server sees steps=20 alone; axios and ky send both.
#
# An option of that name is expected to add its parameters, as params of axios and searchParams of ky 2.1.0 do (that of ky 1.14 did not). The address's own are dropped: what was fixed in the address - a seed, a model's
# version, a format - is gone, the answer has status 200 and other numbers each time. undici refuses both together. Nothing is said. What to do: all of them in
# searchParams, or new URL and its searchParams.append.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts got@16.1.0 ky@2.1.0 axios@1.21.1 >/dev/null
cat >try.mjs <<'JS'
import axios from "axios";
import got from "got";
import ky from "ky";
import http from "http";
import { readFileSync } from "fs";
const server = http.createServer((request, response) => response.end(request.url.split("?")[1] ?? ""));
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = "http://127.0.0.1:" + server.address().port + "/sample?seed=7";
const seen = {
  got: (await got(address, { searchParams: { steps: 20 } })).body,
  ky: await ky(address, { searchParams: { steps: 20 } }).text(),
  axios: (await axios.get(address, { params: { steps: 20 } })).data,
};
for (const name in seen) console.log(name + " " + JSON.parse(readFileSync("node_modules/" + name + "/package.json")).version + ": " + seen[name]);
server.close();
server.closeAllConnections();
process.exitCode = seen.got === "steps=20" && seen.ky === "seed=7&steps=20" && seen.axios === "seed=7&steps=20" ? 0 : 1;
JS
node try.mjs || { echo "CHANGED"; exit 1; }
