#!/usr/bin/env bash
# superagent 10.4.2 (npm): .retry(2) sends a POST up to three times, also where the server answered 503; ky, told the same, sends it once.
#
# A client that asks again by itself is expected to do so for requests that may be repeated, as ky, got and urllib3 do by default: a POST
# that starts a job may have started it before its answer was lost. superagent does not look at the method: a server that answers late, or
# 503 after it took the job, has three jobs, and the caller sees one answer, 200. What to do: .retry(2, (error, answer) => ...) that refuses
# for POST, or a key by which the server knows the request again.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts superagent@10.4.2 ky@1.14.0 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from "fs";
import http from "http";
import ky from "ky";
import superagent from "superagent";
for (const name of ["superagent", "ky"]) console.log(name + " " + JSON.parse(readFileSync("node_modules/" + name + "/package.json")).version);
let seen = 0;
const server = http.createServer((question, answer) => {
  question.resume().on("end", () => { seen++; answer.statusCode = seen < 3 ? 503 : 200; answer.end("{}"); });
}).listen(0, "127.0.0.1");
await new Promise((done) => server.on("listening", done));
const url = "http://127.0.0.1:" + server.address().port;
const agent = (await superagent.post(url).retry(2).send({ job: 1 })).status, agentSent = seen;
seen = 0;
const other = await ky.post(url, { retry: 2, json: { job: 1 } }).then((answer) => answer.status, (error) => error.response.status), kySent = seen;
server.close();
console.log("a POST to a server that answers 503 twice: superagent sent " + agentSent + " and says " + agent + ", ky sent " + kySent + " and says " + other);
process.exit(agentSent === 3 && agent === 200 && kySent === 1 && other === 503 ? 0 : 1);
JS
node try.mjs || { echo "CHANGED"; exit 1; }
