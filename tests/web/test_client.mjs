// The JavaScript client against a real daemon.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Boltz, BoltzError, bodyText, decodeNpy, encodeNpy, unpackBits } from "../../clients/js/boltz.js";
import { columnsOf } from "../../web/columns.js";
import { Model } from "../../web/model.js";
import { rangeOf } from "../../web/paint.js";
import { ticksOf } from "../../web/plot.js";
import { browser, daemon } from "./support.mjs";

let server, boltz;
before(async () => { server = await daemon(["--half-close-grace", "500ms"]); boltz = new Boltz(server.base); });
after(async () => { await server.stop(); await browser.close(); });

test("models are listed and described", async () => {
  const models = await boltz.models(), shapes = await boltz.model("shapes");
  assert.ok(models.some(m => m.name === "shapes" && m.state === "READY"));
  assert.equal(shapes.layers[0].size, 64);
  const { table } = await boltz.model("customers");
  assert.deepEqual(table.columns.map(c => c.name), ["age", "income", "plan", "region", "active"]);
});

test("the same seed gives the same samples, going on gives those of one run", async () => {
  const body = { count: 3, seed: 5 }, whole = await boltz.sample("shapes", { ...body, steps: 30 });
  const first = await boltz.sample("shapes", { ...body, steps: 10 }), rest = await boltz.sample("shapes", { continue: first.continue, steps: 20 });
  assert.deepEqual(rest.samples, whole.samples);
});

test("packed bits are the samples", async () => {
  const body = { count: 2, seed: 5, steps: 4 }, plain = await boltz.sample("shapes", { ...body, layers: ["visible"] });
  const packed = await boltz.sample("shapes", { ...body, layers: ["visible"], encoding: "bits" });
  assert.deepEqual(packed.samples.visible.map(row => Array.from(unpackBits(row, 64))), plain.samples.visible);
});

test("a stream gives frames and an end, and the last frame is the sample", async () => {
  const events = [];
  for await (const event of boltz.stream("shapes-deep", { count: 2, seed: 3, steps: 20, every: 5 }))
    events.push(event);
  assert.deepEqual(events.map(e => e.event), ["frame", "frame", "frame", "frame", "done"]);
  assert.deepEqual(events.slice(0, 4).map(e => e.step), [5, 10, 15, 20]);
  assert.deepEqual(events[3].samples, (await boltz.sample("shapes-deep", { count: 2, seed: 3, steps: 20 })).samples);
});

/** Requests that the daemon has in flight, except this one. */
async function inHand() {
  const text = await (await fetch(server.base + "metrics")).text();
  return Number(/^boltzd_http_requests_in_flight (\d+)/m.exec(text)[1]) - 1;
}

async function atRest() {
  for (let i = 0; i < 200; i++) {
    if (await inHand() <= 0)
      return true;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return false;
}

test("leaving the loop ends the chains on the server", async () => {
  for await (const event of boltz.stream("shapes", { count: 64, steps: 1e7, every: 100 })) {
    assert.equal(event.event, "frame");
    break;
  }
  assert.ok(await atRest());
});

test("aborting ends a long request with the reason given, and its work on the server", async () => {
  const abort = new AbortController(), long = boltz.sample("shapes", { count: 256, steps: 2e6 }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  await assert.rejects(long, { name: "AbortError" });
  assert.ok(await atRest());
});

test("refusals are errors with code, status and the server's words", async () => {
  await assert.rejects(boltz.sample("nobody", {}), e => e instanceof BoltzError && e.status === 404 && e.code === "model_not_found" && /nobody/.test(e.message));
  await assert.rejects(boltz.features("shapes", { inputs: [[1, 2]] }), { status: 400 });
  await assert.rejects(new Boltz("http://127.0.0.1:9/").models(), { code: "unreachable" });
  await assert.rejects(new Boltz("127.0.0.1:9").models(), { code: "unreachable", message: /does not answer: .*(URL|fetch)/ });
});

test("typed arrays are rows, NaN is missing, an infinity is refused before it is sent", async () => {
  const row = new Float32Array(64);
  row[5] = NaN;
  const { missing, reconstruction } = await boltz.reconstruct("shapes", { inputs: { visible: [row] } });
  assert.equal(reconstruction.visible?.[0].length ?? reconstruction[0].length, 64);
  if (missing)
    assert.deepEqual(missing, [1]);
  assert.equal(bodyText({ a: new Float32Array([1, NaN]) }), '{"a":[1,null]}');
  assert.throws(() => bodyText({ a: [1, Infinity] }), TypeError);
  assert.throws(() => bodyText({ a: new Map() }), TypeError);
});

test("tensors come as npy, and npy goes both ways", async () => {
  const { shape, data } = await boltz.parameter("shapes", "visible~hidden.weight");
  assert.deepEqual(shape, [64, 40]);
  assert.equal(data.length, 64 * 40);
  const back = decodeNpy(encodeNpy(data, shape).buffer);
  assert.deepEqual(back.shape, shape);
  assert.deepEqual(back.data, data);
});

test("pictures are PNG", async () => {
  const png = new Uint8Array(await (await boltz.picture("shapes", "sample", { count: 4, steps: 5, seed: 1, layers: ["visible"] })).arrayBuffer());
  assert.deepEqual(Array.from(png.subarray(1, 4)), [0x50, 0x4e, 0x47]);
});

test("its types say what it does", async () => {
  const folder = mkdtempSync(join(tmpdir(), "types-")), types = new URL("../../clients/js/boltz", import.meta.url).pathname;
  writeFileSync(join(folder, "use.ts"), `import { Boltz, BoltzError, type SampleReply } from "${types}.js";
    const boltz = new Boltz("http://localhost", { key: "k" });
    export async function f(signal: AbortSignal): Promise<number> {
      const reply: SampleReply = await boltz.sample("m", { count: 2, clamp: { label: { values: [0, 1] } } }, { signal });
      for await (const event of boltz.stream("m", { every: 5 }))
        if (event.event === "frame") return event.step;
      // @ts-expect-error: no such parameter
      await boltz.sample("m", { cuont: 2 });
      const { free_energy } = await boltz.freeEnergy("m", { inputs: new Float32Array(4) });
      return free_energy[0] + reply.seed + new BoltzError("x").status;
    }`);
  const tsc = join(process.env.BOLTZ_TEST_TOOLS, "node_modules/typescript/bin/tsc");
  execFileSync("node", [tsc, "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext", join(folder, "use.ts")], { stdio: "inherit" });
  rmSync(folder, { recursive: true });
});

test("a 503 that names a time is tried again, one that does not is not; a cut stream is an error", async () => {
  let asked = 0;
  const fake = createServer((request, reply) => {
    asked++;
    if (request.url.startsWith("/v1/models/cut")) {
      reply.writeHead(200, { "Content-Type": "application/x-ndjson" });
      reply.end('{"event":"frame","step":1,"samples":[[0]],"energy":[0]}\n');
    } else if (asked === 1) {
      reply.writeHead(503, { "Retry-After": "0.1" }).end("{}");
    } else if (request.url === "/v1/models/x") {
      reply.writeHead(200, { "Content-Type": "application/json" }).end('{"name":"x"}');
    } else {
      reply.writeHead(503).end("<html>");
    }
  });
  await new Promise(resolve => fake.listen(0, "127.0.0.1", resolve));
  const client = new Boltz(`http://127.0.0.1:${fake.address().port}`);
  assert.equal((await client.model("x")).name, "x");
  assert.equal(asked, 2);
  await assert.rejects(client.models(), { status: 503 });
  assert.equal(asked, 3);
  await assert.rejects(async () => { for await (const event of client.stream("cut")) void event; }, { code: "stream_cut" });
  fake.close();
});

test("the page takes bits that exclude each other as it takes other bits", () => {
  for (const unit of ["bernoulli", "exclusive"]) {
    const model = new Model({ layers: [{ name: "visible", role: "visible", unit, size: 2, exclusive: [[0, 1]] }], couplings: [] });
    const [column] = columnsOf(model), x = new Float32Array(2);
    assert.equal(column.kind, "boolean");
    assert.equal(column.put(x, "yes"), null);
    assert.equal(column.text(x), "1");
    assert.deepEqual(rangeOf(model.visible[0], [0.2, 0.3]), [0, 1]);
  }
});

test("charts of numbers of any size have a few ticks", () => {
  assert.deepEqual(ticksOf(0, 10), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticksOf(-1, 1, 4), [-1, -0.5, 0, 0.5, 1]);
  for (const [low, high] of [[1e17, 1e17], [-4e69, -4e69 + 1], [1e16, 1e16 + 64], [0, 5e-324], [-1e308, 1e308]])
    assert.ok(ticksOf(low, high).length <= 12, `${low} to ${high}`);
});
