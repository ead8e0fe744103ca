// report.html as a user sees it: in windows of any width, light, dark, printed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { accessible, browser, fits, repository } from "./support.mjs";

after(() => browser.close());

for (const model of ["shapes", "shapes-deep", "customers", "words", "hairpins", "tagged"])
  test(`the report of ${model} fits, is accessible, and asks for nothing`, async () => {
    const page = await (await browser.newContext()).newPage(), problems = [], url = pathToFileURL(`${repository}/${model}/1/report.html`).href;
    page.on("console", m => problems.push(m.text()));
    page.on("request", r => { if (r.url() !== url && !r.url().startsWith("data:")) problems.push(r.url()); });
    await page.goto(url);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const width of [360, 768, 1440]) {
        await page.setViewportSize({ width, height: 800 });
        await fits(page, `${model}, ${width}, ${colorScheme}`);
      }
      await accessible(page, `${model}, ${colorScheme}`, colorScheme);
    }
    const point = page.locator("circle.point title").first();
    assert.match(await point.textContent(), /^training rows(, judged)?: -?[\d.e+-]+ \(updates \d+\)$/);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
    assert.ok((await page.pdf()).length > 10000);
    assert.deepEqual(problems, []);
    assert.ok(readFileSync(new URL(url)).length < 2e6);
    await page.context().close();
  });
