// The page as a user would use it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { browser, close, daemon, data, open, pixels, saved, step, until } from "./support.mjs";

let server;
before(async () => { server = await daemon(); });
after(async () => { await server.stop(); await browser.close(); });

const at = (view, settings) => `${server.base}#/${view}?${new URLSearchParams(settings)}`;
const press = (page, name) => page.getByRole("button", { name, exact: true }).first().click();

test("chains run, pause, step; the address shows the same again", async () => {
  const page = await open(at("generate", { model: "shapes", count: 9, seed: 4 }));
  await until(async () => (await step(page)) > 5, "steps");
  await press(page, "Pause");
  await until(async () => /paused/.test(await page.locator(".status").first().textContent()), "a pause");
  const paused = await step(page);
  await page.waitForTimeout(300);
  assert.equal(await step(page), paused);
  await press(page, "One step");
  await until(async () => (await step(page)) === paused + 1, "one step");
  const again = await open(page.url());
  await until(async () => (await step(again)) === paused + 1, "the same step");
  assert.equal(await pixels(again, ".gallery canvas"), await pixels(page, ".gallery canvas"));
  await again.reload();
  await until(async () => (await step(again)) === paused + 1, "the same step after a reload");
  await close(again);
  await press(page, "Resume");
  await until(async () => (await step(page)) > paused + 4, "going on");
  await press(page, "Restart");
  await until(() => /seed=5/.test(page.url()), "another seed");
  assert.equal(await page.getByLabel("Seed").inputValue(), "5");
  await close(page);
});

test("temperature changes on the way, chains cool, a long run can be cancelled", async () => {
  const page = await open(at("generate", { model: "shapes-deep", count: 16, seed: 4 }));
  await until(async () => (await step(page)) > 3, "steps");
  await page.getByLabel("Temperature").fill("2.5");
  await page.getByLabel("Temperature").press("Enter");
  await until(async () => /T 2\.5/.test(await page.locator(".status").first().textContent()), "T 2.5");
  const before = await step(page);
  await press(page, "Anneal");
  await until(async () => (await step(page)) > before + 8, "annealing");
  await page.getByLabel("Long run, steps").fill("1000000");
  await page.getByLabel("Long run, steps").press("Enter");
  await press(page, "Run");
  await page.getByRole("button", { name: "Cancel" }).waitFor();
  await until(() => page.locator("progress").first().evaluate(p => p.value > 0), "progress");
  await press(page, "Cancel");
  await page.getByRole("button", { name: "Cancel" }).waitFor({ state: "hidden" });
  const kept = await step(page);
  assert.ok(kept > before);
  await press(page, "One step");
  await until(async () => (await step(page)) === kept + 1, "a step after the cancelled run");
  await close(page);
});

test("part of a chain is held in all; chains go on from one; files are what is shown", async () => {
  const page = await open(at("generate", { model: "shapes", count: 4, seed: 4, speed: 2 }));
  await until(async () => (await step(page)) > 3, "steps");
  await page.locator(".gallery canvas").focus();
  await page.keyboard.press("ArrowRight");
  await page.getByLabel("Part of the picture to hold").selectOption("upper");
  await press(page, "Hold in all chains");
  await page.getByText("Held in every chain: 32 units of visible.").waitFor();
  const held = await step(page);
  await until(async () => (await step(page)) > held + 4, "steps with it held");
  await press(page, "Pause");
  const npy = await saved(page, () => press(page, "npy")), values = new Float32Array(npy.buffer.slice(npy.byteOffset + npy.length - 4 * 4 * 64, npy.byteOffset + npy.length));
  for (let k = 1; k < 4; k++)
    assert.deepEqual(values.slice(64 * k, 64 * k + 32), values.slice(0, 32), "the upper half is the same in every chain");
  const csv = (await saved(page, () => press(page, "CSV"))).toString().trim().split("\n");
  assert.equal(csv.length, 5);
  assert.deepEqual(csv[1].split(",").slice(-64).map(Number), Array.from(values.slice(0, 64)));
  assert.equal((await saved(page, () => press(page, "PNG"))).subarray(1, 4).toString(), "PNG");
  await press(page, "Release");
  await page.getByText("Held in every chain").waitFor({ state: "hidden" });
  await press(page, "Start all from here");
  await until(async () => (await step(page)) > 0, "chains from one");
  await close(page);
});

test("every kind of model walks as what it is", async () => {
  const page = await open(at("generate", { model: "customers", count: 5 }));
  await page.getByRole("cell", { name: /premium|basic|free/ }).first().waitFor();
  await page.locator("#model").selectOption("words");
  await page.locator(".words .chip").first().waitFor();
  await page.locator("#model").selectOption("hairpins");
  await until(async () => /^[ACGU]{12}$/.test(await page.locator("button.letters").first().textContent().catch(() => "")), "a sequence");
  assert.match(page.url(), /model=hairpins/);
  await page.goBack();
  await page.locator(".words .chip").first().waitFor();
  await close(page);
});

const SEVEN = [[0.25, 0.22], [0.72, 0.22], [0.62, 0.45], [0.5, 0.85]];

async function drawSeven(page) {
  const box = await page.locator("canvas.drawable").first().boundingBox();
  await page.mouse.move(box.x + SEVEN[0][0] * box.width, box.y + SEVEN[0][1] * box.height);
  await page.mouse.down();
  for (const [u, v] of SEVEN)
    await page.mouse.move(box.x + u * box.width, box.y + v * box.height, { steps: 6 });
  await page.mouse.up();
}

test("the shipped classifier names the class of a drawing", async () => {
  const page = await open(at("draw", { model: "mnist-classifier" })), card = page.locator("section", { has: page.getByRole("heading", { name: "Class", exact: true }) });
  await drawSeven(page);
  await until(async () => /^Class\s*7/.test(await card.innerText()), "the class of a seven");
  await close(page);
});

test("a seven drawn with the mouse is seen, judged and completed", async () => {
  const page = await open(at("draw", { model: "mnist-rbm" }));
  await drawSeven(page);
  const drawn = await pixels(page, "canvas.drawable");
  await page.getByText("its reconstruction").waitFor();
  await page.getByText(/of the model's own samples have a lower free energy/).waitFor();
  await until(async () => await page.locator(".tile canvas").count() === 12, "features");
  await page.getByLabel("Forget a half").selectOption("lower");
  await page.getByText("392 values are unknown.").waitFor();
  const sixth = page.getByRole("img", { name: "6 chains as pictures" });
  await sixth.waitFor();
  await page.getByLabel("How many").fill("3");
  await page.getByLabel("How many").press("Enter");
  await page.getByRole("img", { name: "3 chains as pictures" }).waitFor();
  const again = await open(page.url());
  await until(async () => await pixels(again, "canvas.drawable") === await pixels(page, "canvas.drawable"), "the drawing out of the address");
  await close(again);
  await press(page, "Clear");
  assert.notEqual(await pixels(page, "canvas.drawable"), drawn);
  await close(page);
});

test("a finger draws, keys draw", async () => {
  const page = await open(at("draw", { model: "shapes" }), { width: 360, height: 800, touch: true }), canvas = page.locator("canvas.drawable").first();
  await canvas.scrollIntoViewIfNeeded();
  const blank = await pixels(page, "canvas.drawable"), box = await canvas.boundingBox();
  await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 3);
  await until(async () => await pixels(page, "canvas.drawable") !== blank, "the dot of a finger");
  const dot = await pixels(page, "canvas.drawable");
  await canvas.focus();
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowDown", "Space"])
    await page.keyboard.press(key);
  await page.evaluate(() => document.activeElement.blur());
  assert.notEqual(await pixels(page, "canvas.drawable"), dot);
  await page.getByText("its reconstruction").waitFor();
  assert.match(await page.getByRole("list", { name: "Classes" }).textContent(), /cross|frame|lying|standing/);
  await close(page);
});

test("a row of a table is completed where it is not known", async () => {
  const page = await open(at("draw", { model: "customers" }));
  await page.getByLabel("age", { exact: true }).waitFor();
  await until(async () => (await page.getByLabel("age", { exact: true }).inputValue()) !== "", "a row to begin with");
  await page.getByLabel("age", { exact: true }).fill("sixty");
  assert.match(await page.getByLabel("age", { exact: true }).evaluate(e => e.validationMessage), /expected a number/);
  await page.getByLabel("age", { exact: true }).fill("60");
  await page.getByRole("button", { name: "plan: not known" }).click();
  await page.getByText(/3 values are unknown/).waitFor();
  await page.getByRole("region", { name: "Chains as rows of a table" }).getByRole("cell", { name: /premium|basic|free/ }).first().waitFor();
  await close(page);
});

test("a hidden unit is held, and what is generated has it on", async () => {
  const page = await open(at("inside", { model: "shapes", layer: "hidden", unit: 3 }));
  await page.getByRole("heading", { name: "Unit 3 of hidden" }).waitFor();
  const [request] = await Promise.all([page.waitForRequest(r => r.url().endsWith("/sample") && /"clamp"/.test(r.postData() ?? "")), page.getByRole("button", { name: "Hold on" }).click()]);
  const { clamp } = JSON.parse(request.postData());
  assert.equal(clamp.hidden.values[3], 1);
  assert.equal(clamp.hidden.mask.reduce((a, b) => a + b, 0), 1);
  await page.getByText("Held: hidden 3 on.").waitFor();
  assert.match(page.url(), /held=hidden\.3%2B/);
  await page.getByRole("button", { name: "Release" }).click();
  await page.getByText("Nothing is held").waitFor();
  await close(page);
});

test("the layers of a deep machine are walked; upper ones are drawn by projection and by holding", async () => {
  const page = await open(at("inside", { model: "shapes-deep" }));
  await page.getByRole("button", { name: /^hidden2: 16/ }).click();
  await page.getByRole("heading", { name: "Units of hidden2" }).waitFor();
  await page.getByText("16 of 16 units").waitFor();
  const projected = await pixels(page, "main canvas.pointable");
  await page.getByLabel("Drawn by").selectOption("clamping");
  await until(async () => await pixels(page, "main canvas.pointable").catch(() => projected) !== projected, "units by holding");
  await close(page);
});

test("what depends on what: the ends of hairpins pair", async () => {
  const page = await open(at("inside", { model: "hairpins" }));
  await page.getByRole("heading", { name: "Strongest" }).waitFor();
  const pairs = (await page.locator("ol li").allTextContents()).map(t => /(\d+) – (\d+)/.exec(t).slice(1).map(Number));
  assert.ok(pairs.filter(([a, b]) => a + b === 13).length >= 4, `pairs found: ${JSON.stringify(pairs)}`);
  await close(page);
});

test("a dropped CSV is judged: gaps filled, strange cells marked, sorted, downloaded", async () => {
  const page = await open(at("rows", { model: "customers" })), text = readFileSync(`${data}/customers.csv`, "utf8");
  await page.getByText("Paste or drop a table").waitFor();
  await page.evaluate(content => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], "customers.csv", { type: "text/csv" }));
    for (const type of ["dragover", "drop"])
      document.getElementById("main").dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, text);
  await page.getByText(/41 rows of customers.csv judged/).waitFor();
  const first = page.locator("main tbody tr").first();
  assert.match(await first.textContent(), /c41/, "the strangest row is first");
  await page.locator("td.strange", { hasText: "400" }).waitFor();
  await page.getByRole("button", { name: "id" }).click();
  await page.getByRole("button", { name: "row", exact: true }).click();
  const filled = page.locator("tr", { hasText: "c40" }).locator("td.filled");
  assert.equal(await filled.count(), 2);
  assert.match(await filled.nth(1).textContent(), /(premium|basic|free) \(\d+.*%\)/);
  const csv = (await saved(page, () => press(page, "Download CSV"))).toString();
  assert.match(csv, /^row,id,age,income,/);
  assert.match(csv, /c40.*age plan/);
  await page.getByRole("button", { name: "row 40", exact: true }).click();
  await page.getByText("Most similar in this file").waitFor();
  await press(page, "Open in Draw");
  await page.getByText(/4 values are unknown/).waitFor();
  await close(page);
});

test("a picture and an IDX file are rows too, and chains start from them", async () => {
  const reply = await fetch(server.base + "v1/models/shapes/sample?format=png&count=1&seed=8&steps=50&layer=visible", { method: "POST" });
  const page = await open(at("rows", { model: "shapes" })), png = Buffer.from(await reply.arrayBuffer());
  await page.getByLabel("File of rows").setInputFiles({ name: "digit.png", mimeType: "image/png", buffer: png });
  await page.getByText("1 row of digit.png judged").waitFor();
  assert.match(await page.locator("main tbody tr").first().textContent(), /(cross|frame|lying|standing)/);
  const shown = await page.locator("main tbody canvas").first().evaluate(c => Array.from(c.getContext("2d").getImageData(0, 0, 8, 8).data).filter((_, i) => i % 4 === 0));
  const samples = await (await fetch(server.base + "v1/models/shapes/sample?count=1&seed=8&steps=50&layer=visible", { method: "POST" })).json();
  assert.deepEqual(shown.map(v => Math.round(v / 255)), (samples.samples.visible ?? samples.samples)[0], "the picture's pixels are the row");
  await page.getByLabel("File of rows").setInputFiles(`${data}/shapes-idx3`);
  await page.getByText(/1500 rows of shapes-idx3 judged/).waitFor({ timeout: 60000 });
  await page.getByRole("link", { name: "Generate" }).click();
  await page.getByLabel("Start from").selectOption("rows");
  await until(async () => (await step(page)) > 2, "chains from rows");
  await close(page);
});

test("ten thousand rows stay light, and can be cancelled", async () => {
  const page = await open(at("rows", { model: "customers" }));
  await page.getByLabel("File of rows").setInputFiles(`${data}/many.csv`);
  await page.getByText(/\d+ of 10000 rows/).waitFor();
  await press(page, "Cancel");
  await page.getByText("Cancelled; the rows judged so far are kept.").waitFor();
  assert.ok(await page.locator("main tbody tr").count() < 60);
  await page.getByRole("region", { name: "Rows" }).evaluate(e => { e.scrollTop = 200000; });
  await until(async () => Number(await page.locator("main tbody th button").nth(5).textContent()) > 0, "rows further down");
  assert.ok(await page.locator("main tbody tr").count() < 60);
  await close(page);
});

test("what cannot be read is said", async () => {
  const page = await open(at("rows", { model: "customers" }));
  await page.getByLabel("Rows as CSV").fill("a,b\n1,2\n");
  await press(page, "Judge these rows");
  await page.getByText(/no header with the model's columns/).waitFor();
  await page.getByLabel("Rows as CSV").fill("age,income,plan\n40,50,gold\n");
  await press(page, "Judge these rows");
  await page.getByText(/no category 'gold'/).waitFor();
  await page.getByText(/Not in the file, so unknown: region, active\./).waitFor();
  const file = page.getByLabel("File of rows"), give = (name, content) => file.setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
  const head = "age,income,plan,region,active", png = await fetch(server.base + "v1/models/shapes/sample?format=png&count=1&upscale=2&layer=visible", { method: "POST" });
  const picture = Buffer.from(await png.arrayBuffer());
  for (const [name, content, said] of [
    ["empty.csv", "", /no rows/], ["rows.json", '[{"age":40}]', /expected CSV, npy, IDX or a picture/],
    ["picture.png", picture, /picture\.png is a picture, and the model has none/],
    ["thousands.csv", `${head}\n40,"1,234",free,north,1\n`, /expected a number, found '1,234'/],
    ["hex.csv", `${head}\n0x1F,12,free,north,1\n`, /expected a number, found '0x1F'/]]) {
    await give(name, content);
    await page.getByText(said).waitFor();
  }
  // More columns than the model has, in UTF-16, with decimal commas: known values come back unchanged.
  await give("wide.csv", Buffer.from(`\ufeff${head.replaceAll(",", ";")}${";x".repeat(30)}\n30,1;12,345;free;north;1${";7".repeat(30)}\n`, "utf16le"));
  await page.getByText(/1 row of wide\.csv judged/).waitFor();
  assert.match((await saved(page, () => press(page, "Download CSV"))).toString(), /,30\.1,12\.345,free,north,1,/);
  await close(page);
  const other = await open(at("rows", { model: "shapes" }));
  await other.getByLabel("File of rows").setInputFiles({ name: "large.png", mimeType: "image/png", buffer: picture });
  await other.getByText(/Scaled from 16 × 16 to 8 × 8\./).waitFor();
  await close(other);
});

test("between: a name dreams a picture, words a picture, a picture words", async () => {
  const page = await open(at("between", { model: "shapes" }));
  await page.getByRole("button", { name: "label frame" }).click();
  await until(async () => (await step(page)) > 60, "the dream");
  const ring = await page.getByRole("img", { name: "visible as the machine expects it" }).evaluate(c => {
    const d = c.getContext("2d").getImageData(0, 0, 8, 8).data, v = (x, y) => d[4 * (8 * y + x)];
    return [v(3, 1) + v(4, 1) + v(1, 3) + v(6, 4), v(3, 3) + v(4, 4) + v(0, 0) + v(7, 7)];
  });
  assert.ok(ring[0] > 2 * ring[1], `a frame is brighter than its inside: ${ring}`);
  await page.locator("#model").selectOption("tagged");
  await page.getByLabel("round", { exact: true }).waitFor();
  await page.getByLabel("round", { exact: true }).selectOption("1");
  await page.getByLabel("flat", { exact: true }).selectOption("0");
  await until(async () => (await step(page)) > 4, "a dream of tags");
  await page.getByLabel("given: image").check();
  await page.getByLabel("given: tags").uncheck();
  await page.getByRole("list", { name: "Expected tags" }).waitFor();
  await page.getByLabel("given: image").uncheck();
  await page.getByLabel("given: tags").check();
  await page.getByRole("heading", { name: "Nearest of the 1500 indexed rows" }).waitFor();
  const asked = { inputs: { tags: [[null, 0, null, 1, null, null]] }, k: 8 };
  const reply = await (await fetch(`${server.base}v1/models/tagged/neighbors`, { method: "POST", body: JSON.stringify(asked) })).json();
  await until(async () => reply.ids[0].join() === (await page.locator("ol li").allTextContents()).map(t => t.split(":")[0]).join(), "the same rows as neighbors answers");
  await close(page);
});

test("the small machine: counts come to the exact probabilities, units and weights answer", async () => {
  const page = await open(at("learn", { model: "words" }));
  await page.getByRole("button", { name: "v1, off" }).click();
  await page.getByRole("button", { name: "v1, on" }).waitFor();
  for (let i = 0; i < 8; i++)
    await page.getByRole("button", { name: "1000 steps" }).first().click();
  const differ = Number(/differ by ([\d.]+) %/.exec(await page.getByText(/8000 steps/).textContent())[1]);
  assert.ok(differ < 15, `8000 steps differ by ${differ} %`); /* usually 3 to 8: the page draws without a seed */
  await page.getByText("Weights and biases").click();
  await page.getByRole("slider", { name: "v1–h1" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.getByText("No steps yet.").waitFor();
  assert.match(page.url(), /w=/);
  await close(page);
});

test("how: the command that is shown does the same", async () => {
  const page = await open(at("generate", { model: "shapes", count: 2, seed: 9, paused: 1, at: 12 }));
  await until(async () => (await step(page)) === 12, "step 12");
  await page.getByText("How: the same").click();
  await until(async () => /curl/.test(await page.locator(".how pre").textContent()), "the command");
  const curl = await page.locator(".how pre").textContent();
  const { samples } = JSON.parse(execFileSync("bash", ["-c", curl]).toString());
  const npy = await saved(page, () => press(page, "npy"));
  assert.deepEqual((samples.visible ?? samples).flat(), Array.from(new Float32Array(npy.buffer.slice(npy.byteOffset + npy.length - 512, npy.byteOffset + npy.length))));
  await press(page, "Python");
  await until(async () => /import/.test(await page.locator(".how pre").textContent()), "the program");
  const python = await page.locator(".how pre").textContent();
  assert.match(execFileSync("python3", ["-c", python]).toString(), /samples/);
  await press(page, "JavaScript");
  await until(async () => /await/.test(await page.locator(".how pre").textContent()), "the module");
  const file = `${data}/how.mjs`, client = new URL("../../clients/js/boltz.js", import.meta.url);
  writeFileSync(file, (await page.locator(".how pre").textContent()).replace(/from ".*boltz.js"/, `from "${client}"`) + "\nconsole.log(answer.steps);\n");
  assert.equal(execFileSync("node", [file]).toString(), "12\n");
  await close(page);
});

test("the server goes and comes back, and the chains go on", async () => {
  const other = await daemon(), page = await open(`${other.base}#/generate?model=shapes&count=4`, { expected: /Failed to load resource|ERR_/ });
  await until(async () => (await step(page)) > 3, "steps");
  await other.stop();
  await page.getByText("The server does not answer. Trying again").waitFor();
  const stood = await step(page), back = await daemon([], other.port);
  await page.getByText("The server does not answer. Trying again").waitFor({ state: "hidden" });
  await until(async () => (await step(page)) > Math.max(stood, 3), "going on");
  await close(page);
  await back.stop();
});

test("a key: asked for, refused when wrong, kept for the tab only", async () => {
  const [key, line] = execFileSync(process.env.BIN_DIR + "/boltzd", ["--new-key", "reader", "infer"]).toString().trim().split("\n").map(t => t.replace(/^(key|line)[:=]?\s*/i, ""));
  writeFileSync(`${data}/keys`, line + "\n", { mode: 0o600 });
  const other = await daemon(["--api-keys", `${data}/keys`]), page = await open(other.base, { expected: /401/ });
  await page.getByLabel("This server requires an API key").fill("wrong");
  await press(page, "Use this key");
  await page.getByText("the API key is not known").first().waitFor();
  await page.getByLabel("This server requires an API key").fill(key);
  await press(page, "Use this key");
  await until(async () => (await step(page)) > 2, "steps with the key");
  await page.reload();
  await until(async () => (await step(page)) > 2, "steps after a reload");
  assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage })).then(t => t.includes("key")), false);
  await close(page);
  await other.stop();
});

test("a closed tab leaves nothing running", async () => {
  const other = await daemon(), page = await open(`${other.base}#/generate?model=mnist-rbm&count=256&speed=20`);
  await until(async () => (await step(page)) > 20, "steps");
  await close(page);
  const steps = async () => Number(/^boltzd_gibbs_steps_total\{[^}]*mnist-rbm[^}]*\} (\d+)/m.exec(await (await fetch(other.base + "metrics")).text())?.[1] ?? NaN);
  let last = NaN;
  await until(async () => {
    const before = last;
    await new Promise(resolve => setTimeout(resolve, 500));
    last = await steps();
    return last === before;
  }, "no more steps");
  await other.stop();
});

test("under a prefix, without its last slash too", async () => {
  const other = await daemon(["--url-prefix", "/boltz"], undefined, "/boltz"), page = await open(other.base.slice(0, -1));
  await until(async () => (await step(page)) > 2, "steps");
  await close(page);
  await other.stop();
});

test("?model= opens that model; what is not there is said", async () => {
  const page = await open(`${server.base}?model=words`);
  await page.locator(".words .chip").first().waitFor();
  await page.goto(at("generate", { model: "nobody" }));
  await page.getByText('There is no model "nobody"').waitFor();
  await close(page);
});
