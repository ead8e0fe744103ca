// Run by scripts/screenshots: the views as they look after a while, one image each. argv[2]: the folder.
import { mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { browser, daemon, data, open, repository, step, until } from "./support.mjs";

const folder = process.argv[2], server = await daemon();
mkdirSync(folder, { recursive: true });

async function shot(name, hash, prepare, { colorScheme = "light", width = 1120, height = 760 } = {}) {
  const page = await open(`${server.base}#/${hash}`, { width, height, colorScheme });
  await prepare(page);
  await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
  await page.screenshot({ path: `${folder}/${name}.png` });
  await page.context().close();
}

await shot("generate", "generate?model=mnist-rbm&seed=7", async page => {
  await until(async () => (await step(page)) > 60, "some steps");
  await page.locator(".gallery canvas").focus();
  for (let i = 0; i < 5; i++)
    await page.keyboard.press("ArrowRight");
  await until(async () => (await step(page)) > 160, "more steps");
}, { height: 860 });
await shot("draw", "draw?model=mnist-rbm", async page => {
  const box = await page.locator("canvas.drawable").first().boundingBox(), at = (u, v) => [box.x + u * box.width, box.y + v * box.height];
  await page.mouse.move(...at(0.28, 0.25));
  await page.mouse.down();
  for (const [u, v] of [[0.7, 0.25], [0.62, 0.45], [0.5, 0.82]])
    await page.mouse.move(...at(u, v), { steps: 8 });
  await page.mouse.up();
  await page.getByLabel("Forget a half").selectOption("lower");
  await page.waitForTimeout(3000);
}, { height: 1000 });
await shot("inside", "inside?model=mnist-rbm&unit=52&held=hidden.52%2B", page => page.waitForTimeout(4000), { colorScheme: "dark", height: 640 });
await shot("rows", "rows?model=customers", async page => {
  await page.getByLabel("File of rows").setInputFiles(`${data}/customers.csv`);
  await page.getByText(/41 rows of customers.csv judged/).waitFor();
  await page.waitForTimeout(500);
});
await shot("between", "between?model=shapes", async page => {
  await page.getByRole("button", { name: "label frame" }).click();
  await until(async () => (await step(page)) > 60, "a dream");
});
await shot("learn", "learn?model=mnist-rbm", async page => {
  await page.waitForTimeout(800);
  await page.getByRole("button", { name: "1000 steps" }).first().click();
}, { height: 1000 });

const page = await (await browser.newContext({ viewport: { width: 1120, height: 1000 } })).newPage();
await page.goto(pathToFileURL(`${repository}/shapes/1/report.html`).href);
await page.screenshot({ path: `${folder}/report.png` });
await server.stop();
await browser.close();
