// Every view with every kind of model: no errors in the console, nothing loaded from elsewhere, nothing too wide, accessible.
import { after, before, test } from "node:test";
import { accessible, browser, close, daemon, fits, open } from "./support.mjs";
import assert from "node:assert/strict";

const MODELS = ["shapes", "shapes-deep", "customers", "words", "hairpins", "tagged"];
const VIEWS = ["generate", "draw", "inside", "rows", "between", "learn"];
const WIDTHS = [360, 768, 1440];

let server;
before(async () => { server = await daemon(); });
after(async () => { await server.stop(); await browser.close(); });

for (const model of MODELS)
  test(`every view of ${model} at three widths, light and dark`, async () => {
    const page = await open(server.base);
    for (const view of VIEWS) {
      const where = `${view} of ${model}`;
      await page.goto(`${server.base}#/${view}?model=${model}`);
      await page.waitForFunction(v => document.querySelector("nav [aria-current]")?.getAttribute("href").startsWith(`#/${v}?`) && document.querySelector("main .lead, main .empty"), view);
      await page.waitForTimeout(view === "inside" || view === "draw" ? 900 : 350);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        for (const width of colorScheme === "light" ? WIDTHS : []) { // colours move nothing
          await page.setViewportSize({ width, height: 800 });
          await page.waitForTimeout(30);
          await fits(page, `${where}, ${width}, ${colorScheme}`);
        }
        await accessible(page, `${where}, ${colorScheme}`, colorScheme);
      }
      assert.deepEqual(await page.locator(".status.bad, .notice.bad:visible").allTextContents(), [], where);
    }
    await close(page);
  });

test("the longest name fits", async () => {
  const page = await open(server.base, { width: 360 });
  for (const view of VIEWS) {
    await page.goto(`${server.base}#/${view}?model=${"n".repeat(128)}`);
    await page.waitForFunction(() => document.querySelector("main .lead, main .empty"));
    await page.waitForTimeout(350);
    await fits(page, view);
  }
  await close(page);
});

test("everything that can be used is reached by Tab, and what has the focus is shown", async () => {
  for (const [view, model] of [["generate", "customers"], ["draw", "shapes"], ["inside", "shapes"], ["learn", "shapes"]]) {
    const page = await open(`${server.base}#/${view}?model=${model}&paused=1`);
    await page.waitForTimeout(1200);
    if (view === "inside")
      await page.getByRole("button", { name: "Pause" }).click();
    const all = await page.evaluate(() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
      .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true }) && e.type !== "file").map((e, i) => (e.dataset.tab = i)).length);
    const reached = new Set();
    await page.evaluate(() => document.body.focus());
    for (let i = 0; i < all + 5; i++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => [document.activeElement?.dataset.tab, getComputedStyle(document.activeElement).outlineStyle]);
      if (at[0] !== undefined) {
        reached.add(at[0]);
        assert.notEqual(at[1], "none", `no outline at ${at[0]} of ${view}`);
      }
    }
    assert.equal(reached.size, all, view);
    await close(page);
  }
});
