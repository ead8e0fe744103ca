#!/usr/bin/env bash
# axios 1.21.1 (npm): an answer that holds NaN, as Python's json writes it, has status 200 and is a text; its fields are undefined, and no error comes.
#
# A client asked for JSON is expected to fail where there is none, as response.json() of fetch does. axios hands out the text instead, also
# with responseType: "json": data.energies is undefined, and a chart or a mean goes on without. One NaN among a thousand energies is enough.
# What to do: transitional: {silentJSONParsing: false} together with responseType: "json", which throws.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts axios@1.21.1 >/dev/null
cat >try.js <<'JS'
const axios = require("axios"), http = require("http");
console.log("axios " + require("axios/package.json").version);
const server = http.createServer((_, answer) => answer.setHeader("content-type", "application/json").end('{"energies": [1.5, NaN]}'));
server.listen(0, "127.0.0.1", async () => {
  const url = "http://127.0.0.1:" + server.address().port, say = (name, value) => { console.log(name + ": " + value); return value; };
  const plain = await axios.get(url), json = await axios.get(url, { responseType: "json" });
  const found = [say("get", typeof plain.data + ", status " + plain.status + ", energies " + plain.data.energies), say("responseType json", typeof json.data)];
  found.push(say("without silentJSONParsing", await axios.get(url, { responseType: "json", transitional: { silentJSONParsing: false } }).then(() => "answer", (e) => e.name)));
  found.push(say("fetch", await fetch(url).then((answer) => answer.json()).then(() => "answer", (e) => e.name)));
  server.close();
  process.exit(found.join() === "string, status 200, energies undefined,string,AxiosError,SyntaxError" || found.join() === "string, status 200, energies undefined,string,SyntaxError,SyntaxError" ? 0 : 1);
});
JS
node try.js || { echo "CHANGED"; exit 1; }
