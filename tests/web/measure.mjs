// Speed of the page on this machine, printed but not judged: time until ready, frames per second, memory of the tab.
//   BIN_DIR=build/bin REPOSITORY=models BOLTZ_TEST_TOOLS=$PWD/build/tools node tests/web/measure.mjs [MINUTES]
import { browser, daemon, open, step, until } from "./support.mjs";

const minutes = Number(process.argv[2] ?? 1), server = await daemon();
const frames = async page => Number(/([\d.]+) frames a second/.exec(await page.locator(".status").first().textContent())?.[1]);

const begun = performance.now(), page = await open(`${server.base}#/generate?model=mnist-rbm&seed=1`);
await until(async () => (await step(page)) >= 1, "the first frame");
console.log(`first frame after ${Math.round(performance.now() - begun)} ms, a new tab of a running browser included`);
console.log(`page and first model view: ${Math.round(await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd))} ms to DOMContentLoaded`);
await page.waitForTimeout(4000);
console.log(`64 chains: ${await frames(page)} frames a second`);
const heap = async () => {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize / 1e6;
};
const before = await heap();
await page.waitForTimeout(60000 * minutes);
console.log(`memory of the page's program: ${before.toFixed(1)} MB, after ${minutes} min ${(await heap()).toFixed(1)} MB`);
await page.goto(`${server.base}#/generate?model=mnist-rbm&seed=1&count=256`);
await page.waitForTimeout(5000);
console.log(`256 chains: ${await frames(page)} frames a second`);
await server.stop();
await browser.close();
