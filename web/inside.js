// Inside: what the units have learned, and what happens when one is held.
import { dependence, dependenceView } from "./depend.js";
import { action, box, button, card, fmt, h, lead, sleep, soft, statusLine, times } from "./dom.js";
import { countsOf, meanActivity, weightsInto } from "./knowledge.js";
import { Live } from "./live.js";
import { isBinary, kindOf, level, unpackSamples } from "./model.js";
import { picture, scaleFor, Tiles } from "./paint.js";
import { histogram } from "./plot.js";
import { unpackBits } from "./boltz.js";
import { View } from "./view.js";

export const defaults = { layer: "", sort: "activity", shown: 100, by: "projection", unit: -1, held: "" };

const CLAMP_STEPS = 200, MOST_CLAMPED = 64;

/** W1 W2 …: a row for each unit of the top layer, in the shape of the lowest. */
async function projected(api, model, path) {
  let rows = await weightsInto(api, model, path[0], path[1]);
  const size = model.layer(path[0]).size;
  for (let k = 2; k < path.length; k++) {
    const up = await weightsInto(api, model, path[k - 1], path[k]), middle = model.layer(path[k - 1]).size, n = model.layer(path[k]).size;
    const out = new Float32Array(n * size);
    for (let j = 0; j < n; j++) {
      for (let m = 0; m < middle; m++) {
        const w = up[j * middle + m], from = m * size, to = j * size;
        for (let i = 0; i < size; i++)
          out[to + i] += w * rows[from + i];
      }
      if (j % 50 === 49)
        await sleep(0);
    }
    rows = out;
  }
  return rows;
}

/** The shortest path of layers from a visible one up to this one. */
function pathTo(model, name, goal) {
  const queue = [[name]], seen = new Set([name]);
  while (queue.length) {
    const path = queue.shift(), last = path[path.length - 1];
    if (last === goal)
      return path;
    for (const n of model.neighbours(last))
      if (!seen.has(n.name) && n.role === "hidden") {
        seen.add(n.name);
        queue.push([...path, n.name]);
      }
  }
  return null;
}

class Inside extends View {
  constructor(ctx) {
    super(ctx);
    const { model, settings } = this;
    if (!model.hidden.length) {
      ctx.root.append(h("p", { class: "card empty" }, "This machine has no hidden units: its couplings connect visible units. Generate and Draw show what it has learned."));
      return;
    }
    this.layer = model.layer(settings.get("layer"))?.role === "hidden" ? model.layer(settings.get("layer")) : model.hidden[0];
    this.below = model.inputs.find(l => kindOf(l) === "picture" && pathTo(model, l.name, this.layer.name)) ?? model.inputs.find(l => pathTo(model, l.name, this.layer.name)) ?? null;
    this.held = this.parseHeld();
    this.build();
    this.load();
  }

  parseHeld() {
    const held = new Map();
    for (const part of this.get("held").split("_").filter(Boolean)) {
      const [, name, unit, sign] = /^(.+)\.(\d+)([+-])$/.exec(part) ?? [];
      if (this.model.layer(name)?.size > Number(unit))
        held.set(`${name}.${unit}`, { layer: name, unit: Number(unit), on: sign === "+" });
    }
    return held;
  }

  build() {
    const { model, settings: s } = this, again = () => this.load();
    const deep = model.depth(this.layer.name) > 1;
    const sorts = [["activity", "activity"], ["norm", "norm of their weights"], ["number", "number"]];
    if (model.label && model.coupling(model.label.name, this.layer.name))
      sorts.splice(2, 0, ["label", model.label.name]);
    this.status = statusLine();
    this.grid = box();
    this.unitCard = card("A unit", h("p", { class: "empty" }, "Choose a unit to see how often it is on, what it is coupled to, and what the machine generates when it is held on or off."));
    this.live = new Live(this, { clamp: this.clamp(), room: 380, most: 4 });
    this.loop = this.live.loop;
    this.heldNote = h("p", { class: "row" });
    this.charts = box("columns halves");
    this.depends = h("section", { class: "card", hidden: true }, h("h2", {}, "What depends on what"), soft("Second-order effective couplings: what the hidden units pass from one column to another."), box());
    this.ctx.root.append(
      lead("Each hidden unit looks for something. ", this.below && kindOf(this.below) === "picture" ? "Its weights, drawn in the shape of the picture, show what: warm where it wants light, cool where it wants dark." :
        "Its strongest weights show what."),
      this.stack(),
      h("div", { class: "columns wide-left" },
        card(`Units of ${this.layer.name}`, box("bar", s.select("sort", "Sorted by", sorts, again),
          s.number("shown", "How many", { min: 1, max: 1000, onchange: again }),
          deep ? s.select("by", "Drawn by", [["projection", "projection of weights"], ["clamping", "holding each on"]], again) : null), this.status, this.grid),
        box("side", this.unitCard, card("What it generates", this.heldNote, this.live.element))),
      this.charts, this.depends);
  }

  /** The layers as a stack to walk, where there are several hidden ones. */
  stack() {
    const { model } = this;
    if (model.hidden.length < 2)
      return "";
    const order = [...model.layers].sort((a, b) => model.depth(b.name) - model.depth(a.name));
    return card("Layers, top to bottom", box("layers", order.map(l => {
      const beside = model.neighbours(l.name).map(n => n.name).join(", ");
      return action({ "aria-pressed": String(l === this.layer), disabled: l.role !== "hidden", onclick: () => this.walk(l.name, -1) }, `${l.name}: ${l.size} ${l.unit} units, coupled to ${beside}`);
    })));
  }

  /** To a unit of another layer. */
  walk(layer, unit) {
    this.settings.set({ layer, unit });
    dispatchEvent(new HashChangeEvent("hashchange"));
  }

  /* fields */

  async load() {
    const turn = this.turn = (this.turn ?? 0) + 1, { api } = this;
    this.status.textContent = "Loading weights…";
    try {
      const path = this.below && pathTo(this.model, this.below.name, this.layer.name);
      this.rows = path && await projected(api, this.model, path);
      this.parts = await this.readParts();
      this.activity = await meanActivity(api, this.model, this.layer.name);
      this.labelWeights = this.get("sort") === "label" ? await weightsInto(api, this.model, this.model.label.name, this.layer.name) : null;
      this.order = this.sorted().slice(0, this.get("shown"));
      if (turn !== this.turn || this.gone)
        return;
      this.say(`${this.order.length} of ${this.layer.size} units`);
      await this.showGrid();
      this.showCharts();
      if (this.get("unit") >= 0 && this.get("unit") < this.layer.size)
        this.choose(this.get("unit"));
      if (!this.loop.running)
        this.live.start();
      this.sayHeld();
      const found = this.model.display !== "tiles" && await dependence(api, this.model);
      if (found && !this.gone) {
        this.depends.hidden = false;
        this.depends.lastChild.replaceChildren(dependenceView(found));
      }
    } catch (error) {
      this.failed(error);
    }
  }

  norm(j) {
    const n = this.below.size;
    let sum = 0;
    for (let i = j * n; i < (j + 1) * n; i++)
      sum += this.rows[i] ** 2;
    return Math.sqrt(sum);
  }

  sorted() {
    const how = this.get("sort"), units = times(this.layer.size, i => i);
    if (how === "activity")
      return units.sort((a, b) => this.activity.mean[b] - this.activity.mean[a]);
    if (how === "norm" && this.rows) {
      const norms = units.map(j => this.norm(j));
      return units.sort((a, b) => norms[b] - norms[a]);
    }
    if (how === "label") {
      const n = this.model.label.size, best = units.map(j => { const w = this.labelWeights.subarray(j * n, (j + 1) * n); return w.indexOf(Math.max(...w)); });
      return units.sort((a, b) => best[a] - best[b] || this.labelWeights[b * n + best[b]] - this.labelWeights[a * n + best[a]]);
    }
    return units;
  }

  async showGrid() {
    if (!this.below || kindOf(this.below) !== "picture")
      return this.showList();
    const clamping = this.get("by") === "clamping" && this.model.depth(this.layer.name) > 1;
    if (clamping)
      this.order = this.order.slice(0, MOST_CLAMPED);
    const size = this.below.size, n = this.order.length, data = clamping ? await this.clamped() : new Float32Array(n * size);
    if (!clamping)
      this.order.forEach((j, k) => data.set(this.rows.subarray(j * size, (j + 1) * size), k * size));
    this.tiles = new Tiles(this.below, { gap: 2, tone: clamping ? "grey" : "weights", label: `${n} units of ${this.layer.name} as pictures; arrow keys choose one` });
    this.tiles.pickable(k => { if (k >= 0) this.choose(this.order[k]); });
    this.grid.replaceChildren(this.tiles.element);
    this.tiles.fit(n, this.grid.clientWidth || 300, { room: 700, most: 5 });
    this.gridData = data;
    this.redraw();
    return undefined;
  }

  /** The mean of what is seen while one of these units is held on: a chain for each. */
  async clamped() {
    const { layer, order } = this, count = order.length;
    this.say(`Holding each of ${count} units on for ${CLAMP_STEPS} steps…`);
    const rows = order.map(j => times(layer.size, i => Number(i === j)));
    const body = { count, steps: CLAMP_STEPS, seed: 1, type: "mean", layers: [this.below.name], clamp: { [layer.name]: { values: rows, mask: rows } }, counts: countsOf(this.model) };
    const { samples } = await this.api.sample(this.model.name, body);
    this.say(`${count} of ${layer.size} units`);
    return unpackSamples(samples, [this.below], count, unpackBits)[this.below.name];
  }

  showList() {
    const rows = this.order.map(j => action({ class: "tile", "aria-pressed": String(j === this.unit), onclick: () => this.choose(j) },
      h("span", {}, `unit ${j} · ${this.active(j)}`), h("span", { class: "words" }, this.strongest(j, 4).map(({ name, w }) => h("span", { class: "chip" }, `${name} ${w > 0 ? "+" : "−"}${fmt(Math.abs(w), 2)}`)))));
    rows.forEach(r => { r.style.justifyItems = "start"; });
    this.grid.replaceChildren(box("stack", rows));
    this.grid.firstChild.style.gap = "2px";
  }

  active(j) {
    return `${isBinary(this.layer) ? "on" : "mean"} ${level(this.layer, this.activity.mean[j])}`;
  }

  /** Weights of visible layers but pictures, in deviations of units: [{ layer, rows }]. */
  async readParts() {
    const { api } = this, { model, layer } = this, parts = [];
    for (const from of model.visible.filter(l => kindOf(l) !== "picture")) {
      const path = pathTo(model, from.name, layer.name), rows = path && await projected(api, model, path);
      const sigma = rows && from.unit === "gaussian" ? (await api.parameter(model.name, `${from.name}.log_sigma`)).data : null;
      if (rows)
        parts.push({ layer: from, rows: sigma ? rows.map((w, i) => w / Math.exp(sigma[i % from.size])) : rows });
    }
    return parts;
  }

  /** The visible units with the largest weights: [{ name, w }]. */
  strongest(j, n) {
    const all = this.parts.flatMap(({ layer, rows }) => Array.from(rows.subarray(j * layer.size, (j + 1) * layer.size), (w, i) => ({ w, layer, i })));
    return all.sort((a, b) => Math.abs(b.w) - Math.abs(a.w)).slice(0, n).map(({ w, layer, i }) => ({ name: this.nameOf(layer, i), w }));
  }

  nameOf(layer, i) {
    const name = this.model.unitName(layer, i);
    if (kindOf(layer) === "letters")
      return `${Math.floor(i / (layer.size / layer.groups)) + 1}${name}`;
    return kindOf(layer) === "category" ? `${layer.name} ${name}` : name;
  }

  redraw() {
    if (!this.tiles)
      return;
    this.tiles.picked = this.order.indexOf(this.unit);
    this.tiles.marks = new Set([...this.held.values()].filter(x => x.layer === this.layer.name).map(x => this.order.indexOf(x.unit)));
    this.tiles.draw(this.gridData, this.tiles.tone === "grey" ? [0, 1] : undefined);
  }

  showCharts() {
    const weights = this.rows ? times(Math.min(20000, this.rows.length), k => this.rows[Math.floor(k * this.rows.length / Math.min(20000, this.rows.length))]) : [];
    this.charts.replaceChildren(
      card("How often units are on", histogram(Array.from(this.activity.mean), { xLabel: `mean activity over ${this.activity.features.length} samples`, label: "Histogram of mean activities" })),
      ...(weights.length ? [h("section", { class: "card" }, h("h2", {}, this.model.depth(this.layer.name) > 1 ? "Projected weights" : "Weights"), histogram(weights, { xLabel: `weights between ${this.below.name} and ${this.layer.name}`, label: "Histogram of weights" }))] : []));
  }

  /* one unit */

  async choose(j) {
    this.unit = j;
    this.settings.set({ unit: j });
    if (this.tiles)
      this.redraw();
    else
      this.showList();
    const size = this.below?.size, field = this.rows && kindOf(this.below) === "picture"
      ? picture(this.below, this.rows.subarray(j * size, (j + 1) * size), { tone: "weights", scale: scaleFor(this.below, 140), label: `weights of unit ${j}` }) : null;
    const state = this.held.get(`${this.layer.name}.${j}`);
    const button = (text, on) => action({ "aria-pressed": String(state ? state.on === on : on === null), onclick: () => this.hold(j, on) }, text);
    const values = this.activity.features.map(f => f[j]);
    this.unitCard.replaceChildren(h("h2", {}, `Unit ${j} of ${this.layer.name}`), box("tiles", field, h("div", {},
      h("p", {}, `In the model's own samples: ${this.active(j)}.`), this.rows ? soft(`Norm of its weights: ${fmt(this.norm(j), 3)}`) : null,
        !this.parts.length ? null : box("words", this.strongest(j, 8).map(({ name, w }) => h("span", { class: "chip" }, `${name} ${w > 0 ? "+" : "−"}${fmt(Math.abs(w), 3)}`))))),
      box("row", button("Hold on", true), button("Hold off", false), button("Release", null)),
      histogram(values, { xLabel: "activity over the model's samples", label: `Histogram of the activity of unit ${j}`, height: 120, bins: 20 }), await this.around(j));
  }

  /** Links to the units of other hidden layers that it is most strongly coupled to. */
  async around(j) {
    const others = this.model.neighbours(this.layer.name).filter(n => n.role === "hidden");
    const rows = [];
    for (const other of others) {
      const w = await weightsInto(this.api, this.model, other.name, this.layer.name), n = other.size, of = w.subarray(j * n, (j + 1) * n);
      const best = Array.from(of, (_, i) => i).sort((a, b) => Math.abs(of[b]) - Math.abs(of[a])).slice(0, 8);
      rows.push(h("p", { class: "row" }, h("span", { class: "soft" }, `Strongest in ${other.name}:`), best.map(i => button(() => this.walk(other.name, i), `${i} (${of[i] > 0 ? "+" : "−"}${fmt(Math.abs(of[i]), 2)})`))));
    }
    return box("", rows);
  }

  hold(j, on) {
    const key = `${this.layer.name}.${j}`;
    if (on === null)
      this.held.delete(key);
    else
      this.held.set(key, { layer: this.layer.name, unit: j, on });
    this.settings.set({ held: [...this.held.values()].map(x => `${x.layer}.${x.unit}${x.on ? "+" : "-"}`).join("_") });
    this.choose(j);
    this.live.hold(this.clamp());
    this.sayHeld();
  }

  clamp() {
    const clamp = {};
    for (const { layer, unit, on } of this.held.values()) {
      const l = this.model.layer(layer), low = l.unit === "spin" ? -1 : 0;
      const of = clamp[layer] ??= { values: new Array(l.size).fill(low), mask: new Array(l.size).fill(0) };
      of.values[unit] = on ? 1 : low;
      of.mask[unit] = 1;
    }
    return Object.keys(clamp).length ? clamp : undefined;
  }

  sayHeld() {
    const names = [...this.held.values()].map(x => `${x.layer} ${x.unit} ${x.on ? "on" : "off"}`);
    this.heldNote.replaceChildren(names.length ? `Held: ${names.join(", ")}.` : "Nothing is held. Choose a unit to hold.");
    const { request } = this.live.chains;
    this.ctx.how({ model: this.model.name, operation: "sample", body: { ...request, clamp: this.clamp(), steps: 200 } });
  }

  back() {
    this.load();
  }

  themed() {
    this.redraw();
  }

  resized() {
    this.live?.gallery.layout();
  }
}

export { Inside as View };
