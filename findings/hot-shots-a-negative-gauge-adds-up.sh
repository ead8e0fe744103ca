#!/usr/bin/env bash
# hot-shots 17.1.1 with statsd 0.9.0 (npm): a gauge of -12 sent three times is -36, and after 5 a gauge of -2 is 3.
#
# A gauge is expected to be what was sent last, as it is of 5, 7. In StatsD's protocol a sign in front means "add this": energies, log-likelihoods and temperatures below zero add up from report to report, a level that changes its sign is the sum of both, and positive ones never show it. The client sends the number as it is; a server that gets none between two
# flushes keeps it, so that a line on a graph only falls, as one of a chain that still improves would. Nothing is said. What to do: gauge(name, 0) before each negative one (one packet may overtake another), a timing, or the negative of the number.
set -euo pipefail
command -v npm >/dev/null || { echo "needs npm"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts statsd@0.9.0 hot-shots@17.1.1 >/dev/null
cat >try.cjs <<'JS'
const fs = require("fs"), net = require("net"), { spawn } = require("child_process");
const shots = require("hot-shots"), Client = shots.StatsD || shots.default || shots;
for (const name of ["hot-shots", "statsd"]) console.log(name + " " + JSON.parse(fs.readFileSync("node_modules/" + name + "/package.json")).version);
const free = () => new Promise((done) => { const s = net.createServer().listen(0, "127.0.0.1", () => { const port = s.address().port; s.close(() => done(port)); }); });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  const port = await free(), desk = await free();
  fs.writeFileSync("config.js", `{ port: ${port}, mgmt_port: ${desk}, backends: [], address: "127.0.0.1", mgmt_address: "127.0.0.1", flushInterval: 600000 }`);
  const server = spawn("node", ["node_modules/statsd/stats.js", "config.js"], { stdio: "ignore" });
  process.on("exit", () => server.kill());
  const ask = () => new Promise((done) => {
    let text = "";
    const s = net.connect(desk, "127.0.0.1", () => s.write("gauges\n"));
    s.on("data", (part) => { text += part; if (text.includes("END")) { s.destroy(); done(text); } });
    s.on("error", () => done(""));
  });
  for (let i = 0; i < 300 && !(await ask()); i++) await pause(100);
  const client = new Client({ host: "127.0.0.1", port });
  for (const [name, value] of [["energy", -12], ["energy", -12], ["energy", -12], ["level", 5], ["level", -2], ["up", 5], ["up", 7]]) { client.gauge(name, value); await pause(50); }
  let text = "";
  for (let i = 0; i < 100 && !/up'?"?: ?7/.test(text); i++) { await pause(100); text = await ask(); }
  const value = (name) => Number((new RegExp(name + "'?\"?: ?(-?[0-9.]+)").exec(text) || [])[1]);
  console.log("-12, -12, -12: " + value("energy") + "; 5, -2: " + value("level") + "; 5, 7: " + value("up"));
  process.exit(value("energy") === -36 && value("level") === 3 && value("up") === 7 ? 0 : 1);
})();
JS
timeout 100 node try.cjs || { echo "CHANGED"; exit 1; }
