// How it works: a machine small enough to know completely, then the one that is served.
import { Chains } from "./chains.js";
import { action, box, button, card, fmt, h, lead, percent, scroll, soft, statusLine, svg, times } from "./dom.js";
import { galleryOf } from "./gallery.js";
import { countsOf } from "./knowledge.js";
import { inputsOf, rowOf } from "./model.js";
import { bars } from "./plot.js";
import { bit, PRESETS, STATES, Tiny, UNITS } from "./tiny.js";
import { View } from "./view.js";

export const defaults = { preset: "exactly one", T: 1, w: "" };

const text = (v, n = UNITS) => times(n, i => bit(v, i)).join("");
const VISIBLE = 1 << UNITS;

class Learn extends View {
  constructor(ctx) {
    super(ctx);
    this.tiny = new Tiny();
    this.tiny.set(PRESETS[this.get("preset")] ?? PRESETS["exactly one"]);
    const own = this.get("w").split("_").map(Number);
    if (own.length === 15 && own.every(Number.isFinite))
      this.tiny.set({ W: own.slice(0, 9), b: own.slice(9, 12), c: own.slice(12) });
    this.tiny.T = Math.max(0.2, Math.min(5, this.get("T")));
    this.build();
    this.draw();
    this.real();
  }

  build() {
    this.picture = box();
    this.sum = h("p", {});
    this.grid = scroll("All 64 states");
    this.chart = box();
    this.landscape = box();
    this.said = statusLine();
    this.sliders = box();
    this.runButton = action({ class: "primary", onclick: () => this.toggle() }, "Run");
    const T = h("input", { type: "range", min: 0.2, max: 5, step: 0.1, value: this.tiny.T, "aria-label": "Temperature", oninput: () => {
      this.tiny.T = T.valueAsNumber;
      this.settings.set({ T: T.valueAsNumber });
      this.tiny.reset();
      this.draw();
    } });
    this.temperature = h("output", { class: "number" });
    const preset = this.settings.select("preset", "A machine of", Object.keys(PRESETS).map(k => [k, k]), name => {
      this.settings.set({ w: "" });
      this.tiny.set(PRESETS[name]);
      this.makeSliders();
      this.draw();
    });
    this.realBox = box("stack");
    this.ctx.root.append(
      lead("A Boltzmann machine is a network of units that are on or off. Each state of the network has an energy; low energy means likely. " +
        "Learning shapes the energy so that what was seen becomes likely. This machine has three visible units (v) and three hidden ones (h): 64 states, few enough to list them all."),
      h("div", { class: "columns halves" },
        card("1. The machine and its energy", box("bar", preset), this.picture, this.sum,
          soft("Press a unit to turn it on or off, and see what that does to the energy. Lines are weights: warm ones want both ends on together, cool ones do not."), this.sliders),
        card("2. All its states", h("p", {}, "p = exp(−E / T) / Z, where Z is the sum over all 64 states. A column is what is seen, a row what is hidden; the darker, the likelier."),
          h("label", { class: "inline" }, "Temperature T", T, this.temperature), this.grid, soft("Heat (T > 1) makes all states equally likely; cold (T < 1) leaves only the lowest in energy."))),
      h("div", { class: "columns halves" },
        card("3. Gibbs sampling: visiting states as often as they are likely", h("p", {}, "One step draws every hidden unit given the visible ones, then every visible one given the hidden. " +
          "No step needs Z. In the long run the visits (bars) approach the exact probabilities (lines)."),
          box("row", this.runButton, button(() => this.walk(1), "One step"), button(() => this.walk(1000), "1000 steps"),
            button(() => { this.tiny.reset(); this.draw(); }, "Reset the counts")), this.said, this.chart),
        card("4. The energy landscape", h("p", {}, "The free energy F(v) = −log Σ exp(−E(v, h)) of each visible state, with the hidden units summed out. Deep valleys are what the machine expects to see."), this.landscape,
          soft("log p(v) = −F(v) − log Z. Learning lowers F at the data and raises it at the machine's own samples; it comes to rest when the two look alike."))),
      card(`5. The same for ${this.model.name}`, this.realBox));
    this.makeSliders();
  }

  /* the small machine */

  makeSliders() {
    const one = (list, k, name) => {
      const out = h("output", { class: "number" }, list[k].toFixed(1));
      const range = h("input", { type: "range", min: -6, max: 6, step: 0.5, value: list[k], "aria-label": name, oninput: () => {
        list[k] = range.valueAsNumber;
        out.textContent = list[k].toFixed(1);
        this.tiny.reset();
        this.settings.set({ w: [...this.tiny.W, ...this.tiny.b, ...this.tiny.c].join("_") });
        this.draw();
      } });
      return h("label", { class: "field" }, h("span", {}, `${name} `, out), range);
    };
    const { W, b, c } = this.tiny, grid = box("matrix");
    for (let j = 0; j < UNITS; j++)
      grid.append(...[0, 1, 2].map(i => one(W, i * UNITS + j, `v${i + 1}–h${j + 1}`)), one(c, j, `bias h${j + 1}`));
    grid.append(...[0, 1, 2].map(i => one(b, i, `bias v${i + 1}`)));
    this.sliders.replaceChildren(h("details", {}, h("summary", {}, "Weights and biases"), grid));
  }

  drawMachine() {
    const { tiny } = this, x = i => 60 + 120 * i, root = svg("svg", { viewBox: "0 0 360 190", width: 360, role: "group", "aria-label": "The machine" });
    for (let i = 0; i < UNITS; i++)
      for (let j = 0; j < UNITS; j++) {
        const w = tiny.W[i * UNITS + j];
        if (!w)
          continue;
        const line = svg("line", { x1: x(i), y1: 150, x2: x(j), y2: 40, "stroke-width": Math.abs(w) * 1.2,
          class: `link${w < 0 ? " cold" : ""}${bit(tiny.state, i) && bit(tiny.state, UNITS + j) ? " live" : ""}` }, svg("title", {}, `weight v${i + 1}–h${j + 1} = ${w}`));
        root.append(line);
      }
    for (let k = 0; k < 2 * UNITS; k++) {
      const hidden = k >= UNITS, i = k % UNITS, on = bit(tiny.state, k), name = `${hidden ? "h" : "v"}${i + 1}`;
      const flip = () => { tiny.state ^= 1 << k; this.draw(); root.parentNode?.querySelectorAll("[role=button]")[k]?.focus(); };
      const unit = svg("g", { class: "unit", role: "button", tabindex: 0, "aria-pressed": String(Boolean(on)), "aria-label": `${name}, ${on ? "on" : "off"}`, onclick: flip,
        onkeydown: e => { if (e.key === " " || e.key === "Enter") { e.preventDefault(); flip(); } } });
      const y = hidden ? 40 : 150;
      unit.append(svg("circle", { cx: x(i), cy: y, r: 22 }), svg("text", { x: x(i), y: y + 5, "text-anchor": "middle" }, name));
      root.append(unit);
    }
    this.picture.replaceChildren(root);
    const { p } = this.exact;
    this.sum.textContent = `E = ${fmt(tiny.energy(tiny.state))}, so this state has probability ${percent(p[tiny.state])}`;
  }

  drawStates() {
    const { tiny, exact: { p } } = this, most = Math.max(...p);
    const cell = s => {
      const share = p[s] / most, td = h("td", { title: `v = ${text(s)}, h = ${text(s >> UNITS)}: E = ${fmt(tiny.energy(s))}, p = ${percent(p[s])}, ${tiny.counts[s]} visits` }, p[s] >= 0.0005 ? (100 * p[s]).toFixed(1) : "");
      td.style.background = `color-mix(in srgb, var(--accent) ${Math.round(100 * share)}%, var(--wash))`;
      td.style.color = share > 0.45 ? "var(--accent-ink)" : "var(--ink)";
      if (s === tiny.state)
        td.style.outline = "2px solid var(--mark)";
      return td;
    };
    const rows = times(VISIBLE, b => h("tr", {}, h("th", { scope: "row" }, text(b)), times(VISIBLE, v => cell(b * VISIBLE + v))));
    this.grid.replaceChildren(h("table", { class: "states" }, h("thead", {}, h("tr", {}, h("td", {}, "h \\ v"), times(VISIBLE, v => h("th", { scope: "col" }, text(v))))), h("tbody", {}, rows)));
  }

  draw() {
    const { tiny } = this;
    this.exact = tiny.exact();
    this.temperature.textContent = tiny.T.toFixed(1);
    this.drawMachine();
    this.drawStates();
    const exact = new Float64Array(VISIBLE), seen = new Float64Array(VISIBLE);
    for (let s = 0; s < STATES; s++) {
      exact[s % VISIBLE] += this.exact.p[s];
      seen[s % VISIBLE] += tiny.steps ? tiny.counts[s] / tiny.steps : 0;
    }
    this.chart.replaceChildren(bars(Array.from(seen, (value, v) => ({ name: text(v), value, reference: exact[v], title: `v = ${text(v)}: visited ${percent(value)}, exactly ${percent(exact[v])}` })), { label: "Visits to visible states, and exact probabilities", yLabel: "share of visits; lines: exact" }));
    const distance = exact.reduce((a, e, v) => a + Math.abs(e - seen[v]) / 2, 0);
    this.said.textContent = tiny.steps ? `${tiny.steps} steps; visits and probabilities differ by ${percent(distance)} in total.` : "No steps yet.";
    const free = times(VISIBLE, v => tiny.freeEnergy(v)), top = Math.max(...free);
    this.landscape.replaceChildren(bars(free.map((f, v) => ({ name: text(v), value: top - f, title: `F(${text(v)}) = ${fmt(f)}` })), { label: "Depth of the free energy of visible states", yLabel: "depth of the valley: max F − F(v), nats", least: 1 }));
  }

  walk(n) {
    for (let i = 0; i < n; i++)
      this.tiny.step();
    this.draw();
  }

  toggle() {
    if (this.timer) {
      clearInterval(this.timer);
      this.timer = 0;
    } else {
      this.timer = setInterval(() => this.walk(5), 100);
    }
    this.runButton.textContent = this.timer ? "Pause" : "Run";
  }

  /* the real one */

  async real() {
    const { model } = this, units = model.layers.reduce((n, l) => n + l.size, 0), binary = model.layers.every(l => l.unit === "bernoulli" || l.unit === "spin");
    const z = [model.raw.log_partition].flat().filter(Boolean)[0];
    this.chains = new Chains(this.api, model, { count: 1, seed: 1, temperature: 1, type: "state", counts: countsOf(model) }, model.visible);
    this.gallery = galleryOf(model, 1, () => {}, { room: 200, most: 6 });
    this.now = statusLine();
    this.realBox.replaceChildren(
      h("p", {}, binary ? `It has ${units} units, so 2^${units} states: far too many to list. ` : `It has ${units} units. `,
        z ? `Yet log Z = ${fmt(z.value, 6)}${z.method === "exact" ? ", summed exactly" : `, estimated by annealed importance sampling to ± ${fmt(z.stderr, 2)}`}: so probabilities can be computed.` : "Its log Z is not known (boltz evaluate --ais --save estimates it), so free energies rank rows but give no probabilities."),
      h("p", {}, "A step is the same as above: every hidden layer is drawn, then the visible ones."), box("tiles", this.gallery.element),
      box("row", [["One step", 1], ["10 steps", 10], ["1000 steps", 1000]].map(([name, n]) => button(() => this.realStep(n), name))), this.now);
    await this.realStep(0);
  }

  async realStep(n) {
    try {
      const { x, step, energy } = await this.chains.advance(n), { model } = this;
      this.gallery.layout();
      this.gallery.update(x, -1);
      const row = Object.fromEntries(model.visible.map(l => [l.name, rowOf(x, l, 0)])), body = { inputs: inputsOf(model, [row]) };
      const { free_energy: [f], log_prob: logProb, method } = await this.api.freeEnergy(model.name, body);
      const p = logProb?.[0];
      this.now.textContent = `Step ${step}: E(v, h) = ${fmt(energy[0], 6)}, F(v) = ${fmt(f, 6)}${method === "variational" ? " (a bound)" : ""}` + (p !== null && p !== undefined ? `, log p(v) = −F(v) − log Z = ${fmt(p, 5)} nats` : "");
      this.ctx.how({ model: model.name, operation: "free-energy", body });
    } catch (error) {
      if (error.name !== "AbortError" && !this.gone)
        this.now.textContent = error.message;
    }
  }

  leave() {
    super.leave();
    clearInterval(this.timer);
  }
}

export { Learn as View };
