// Shared by the tests of the page: daemons to talk to, a browser, and what must hold for every page that was viewed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";

const require = createRequire(process.env.BOLTZ_TEST_TOOLS + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const repository = process.env.REPOSITORY, data = process.env.DATA;

/** A port that nobody is listening on at the moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A daemon over the test models: { base, port, stop() }. */
export async function daemon(flags = [], port = undefined, prefix = "") {
  port ??= await freePort();
  const child = spawn(process.env.BIN_DIR + "/boltzd", ["--model-repository", repository, "--listen", `127.0.0.1:${port}`, "--log-level", "error", ...flags], { stdio: ["ignore", "ignore", "inherit"] });
  child.unref(); // one that a failed test leaves behind keeps nobody waiting
  process.on("exit", () => child.kill());
  const base = `http://127.0.0.1:${port}${prefix}/`, ended = new Promise(resolve => child.on("exit", resolve));
  for (let i = 0; ; i++) {
    try {
      if ((await fetch(base + "v2/health/ready")).ok)
        break;
    } catch { /* not yet */ }
    assert.ok(i < 600, "the daemon does not come up");
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return { base, port, stop: async () => { child.ref(); child.kill("SIGINT"); await ended; } };
}

export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

/** A page that records what went wrong in page.problems. expected: a pattern of the problems that are allowed. */
export async function open(url, { width = 1280, height = 900, touch = false, expected = /$^/, context = undefined, ...more } = {}) {
  context ??= await browser.newContext({ viewport: { width, height }, hasTouch: touch, acceptDownloads: true, ...more });
  const page = await context.newPage(), host = new URL(url).host;
  page.problems = [];
  /* The last of these is caused by pixels() below. */
  const note = text => { if (!expected.test(text) && !/willReadFrequently/.test(text)) page.problems.push(text); };
  page.on("console", m => { if (["error", "warning"].includes(m.type())) note(`${m.type()}: ${m.text()}`); });
  page.on("pageerror", e => note(`exception: ${e.message}`));
  page.on("request", r => { if (/^https?:/.test(r.url()) && new URL(r.url()).host !== host) note(`another host: ${r.url()}`); });
  await page.addInitScript(() => document.addEventListener("securitypolicyviolation", e => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`)));
  await page.goto(url);
  return page;
}

export async function close(page) {
  const { problems } = page;
  await page.context().close();
  assert.deepEqual(problems, []);
}

/** Serious and moderate findings of the accessibility checker; in the dark, of its rules about colours, as nothing else changes.
 * The page's security policy stays in force: the checker is injected through the debugger. */
export async function accessible(page, where, colorScheme = "light") {
  if (!await page.evaluate(() => Boolean(globalThis.axe)))
    await page.evaluate(axe);
  const only = colorScheme === "dark" ? { runOnly: ["color-contrast", "link-in-text-block"] } : {};
  const { violations, passes } = await page.evaluate(options => globalThis.axe.run({ resultTypes: ["violations"], ...options }), only);
  assert.ok(passes.length > 0, `${where}: nothing was checked`);
  const bad = violations.filter(v => v.impact !== "minor").map(v => `${v.id}: ${v.nodes.slice(0, 2).map(n => n.target.join(" ")).join(", ")}`);
  assert.deepEqual(bad, [], where);
}

export async function fits(page, where) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${where}: wider than the window by ${over} pixels`);
}

export const step = page => page.locator(".status").first().textContent().then(t => Number(/Step (\d+)/.exec(t)?.[1] ?? -1));

/** Waits until a condition holds for the page. */
export async function until(condition, what, patience = 20000) {
  const end = Date.now() + patience;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `in vain waited for: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 40));
  }
}

/** The pixels of a canvas. */
export const pixels = (page, selector) => page.locator(selector).first().evaluate(c => Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data).join());

export async function saved(page, press) {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return readFileSync(await download.path());
}
