#!/usr/bin/env bash
# busboy 1.6.0 (npm): of a form field with a table of 200000 rows 96336 arrive, the last one cut short; as a file of the same form all of them.
#
# A limit is expected to be an error, as 413 is. A field of a form ends after 1 MiB unless told otherwise, in multipart and in urlencoded bodies; the request succeeds, and only a flag in the third argument of the event, valueTruncated, tells.
# A table pasted into a text area, or sent by FormData.append with a text, loses its last rows, and the last number of those left may be cut: 12345 is 123. @fastify/multipart and other
# middleware stand on it. What to do: limits: { fieldSize: 64 * 2 ** 20 }, and refuse where info.valueTruncated.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts busboy@1.6.0 >/dev/null
cat >try.cjs <<'JS'
const http = require("http"), busboy = require("busboy");
console.log("busboy " + require("busboy/package.json").version);
const table = Array.from({ length: 200000 }, (_, i) => "0.5," + i).join("\n");
const lines = (text) => text.split("\n").length;
const server = http.createServer((request, response) => {
  const found = {}, reader = busboy({ headers: request.headers });
  reader.on("field", (name, value, info) => { found.field = [lines(value), info.valueTruncated, value.split("\n").pop()]; });
  reader.on("file", (name, stream) => { let text = ""; stream.setEncoding("utf8").on("data", (part) => { text += part; }).on("end", () => { found.file = lines(text); }); });
  reader.on("close", () => response.end(JSON.stringify(found)));
  request.pipe(reader);
});
server.listen(0, "127.0.0.1", async () => {
  const ask = async (body) => (await fetch("http://127.0.0.1:" + server.address().port, { method: "POST", body })).json();
  const form = new FormData();
  form.append("table", table);
  form.append("rows", new Blob([table]), "rows.csv");
  const multipart = await ask(form), encoded = await ask(new URLSearchParams({ table }));
  console.log("rows sent: 200000; as a field: " + multipart.field[0] + ", the last of them " + multipart.field[2] + " instead of 0.5,96335; as a file: " + multipart.file + ", urlencoded: " + encoded.field[0]);
  server.close();
  process.exitCode = multipart.field[0] === 96336 && multipart.field[1] && multipart.field[2] !== "0.5,96335" && multipart.file === 200000 && encoded.field[0] < 110000 && encoded.field[1] ? 0 : 1;
});
JS
node try.cjs || { echo "CHANGED"; exit 1; }
