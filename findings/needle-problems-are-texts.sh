#!/usr/bin/env bash
# needle 3.5.0 (npm): an answer in application/json is an object, the refusal beside it in application/problem+json (RFC 9457) a text: its code is undefined.
#
# A client that parses JSON is expected to parse every type that ends in +json. needle knows application/json and a few names, also with
# {json: true}; for the type that is made for errors body.code is undefined and no error comes, so what a program decides by the code (ask
# again, give up, mend the row) is never decided. superagent 10.4.2 parses both. What to do: JSON.parse(body) where it is a string.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts needle@3.5.0 superagent@10.4.2 >/dev/null
cat >try.js <<'JS'
const http = require("http"), needle = require("needle"), superagent = require("superagent");
const server = http.createServer((request, answer) => {
  const bad = request.url === "/bad";
  answer.writeHead(bad ? 400 : 200, { "content-type": bad ? "application/problem+json" : "application/json" });
  answer.end(JSON.stringify({ code: bad ? "shape_mismatch" : "ok" }));
});
server.listen(0, "127.0.0.1", async () => {
  const base = "http://127.0.0.1:" + server.address().port, found = [];
  const say = (name, body) => { console.log(name + ": " + body.constructor.name + ", code " + body.code); found.push(body.constructor.name, body.code); };
  for (const path of ["/good", "/bad"]) {
    say("needle " + require("needle/package.json").version + " " + path, (await needle("get", base + path, { json: true })).body);
    say("superagent " + require("superagent/package.json").version + " " + path, (await superagent.get(base + path).ok(() => true)).body);
  }
  server.close();
  process.exit(found.join() === "Object,ok,Object,ok,String,,Object,shape_mismatch" ? 0 : 1);
});
JS
node try.js || { echo "CHANGED"; exit 1; }
