// Draw: a row by hand, and what the machine makes of it.
import { fillRow, packHold, unpackHold } from "./chains.js";
import { action, box, button, card, debounce, fmt, h, lead, meters, percent, soft, statusLine } from "./dom.js";
import { editorOf } from "./editor.js";
import { readRows } from "./files.js";
import { galleryOf } from "./gallery.js";
import { anyOwn, countsOf, meanActivity, ownSamples, shareBelow, weightsInto } from "./knowledge.js";
import { blank, byLayer, halfOf, HALVES, inputsOf, isBits, kindOf, level, unpackSamples } from "./model.js";
import { picture, rangeOf, scaleFor } from "./paint.js";
import { histogram } from "./plot.js";
import { layerView } from "./rowview.js";
import { takeRow } from "./store.js";
import { View } from "./view.js";
import { unpackBits } from "./boltz.js";

export const defaults = { row: "", steps: 5, completions: 6, walk: 100, seed: 1 };

const FEATURES = 12;

class Draw extends View {
  constructor(ctx) {
    super(ctx);
    this.row = {};
    this.pictureLayer = this.model.picture;
    for (const layer of this.model.inputs)
      this.row[layer.name] = blank(layer, layer !== this.pictureLayer || this.pictureLayer.unit === "gaussian");
    this.ask = debounce(() => this.look(), 40);
    this.askMore = debounce(() => this.complete(), 350);
    this.build();
    this.begin();
  }

  build() {
    this.editors = this.model.inputs.map(layer => editorOf(this.model, layer, this.row[layer.name], () => this.changed(), { pixels: Math.min(336, innerWidth - 60) }));
    this.canvas = this.editors[this.model.inputs.indexOf(this.pictureLayer)];
    this.status = statusLine();
    this.file = h("input", { type: "file", hidden: true, "aria-label": "File with a row", onchange: () => this.dropped(this.file.files[0]) });
    const editors = this.editors.map((e, i) => box("stack", this.model.inputs.length > 1 && e.columns?.[0].name !== this.model.inputs[i].name ? h("h3", {}, this.model.inputs[i].name) : null, e.element));
    this.machine = box("tiles");
    this.usual = box();
    this.classes = h("section", { class: "card", hidden: true }, h("h2", {}, "Class"), box());
    this.features = box("tiles");
    this.completionsBox = box();
    const s = this.settings;
    const completions = card("", h("h2", {}, "Completions"),
      box("bar", s.number("completions", "How many", { min: 1, max: 64, onchange: () => this.complete() }), s.number("walk", "Steps", { min: 1, max: 10000, onchange: () => this.complete() }),
        button(() => { s.set({ seed: s.get("seed") + 1 }); this.complete(); }, "New ones")), this.completionsBox);
    this.ctx.root.append(
      lead(this.pictureLayer ? "Draw, and see at once what the machine makes of it. Paint with Unknown over the parts it should fill in." :
        "Change a row, and see at once what the machine makes of it. It fills in what is unknown."),
      h("div", { class: "columns halves" },
        box("side", card("", h("h2", {}, this.pictureLayer ? "Draw here" : "The row"), this.tools(), editors, this.status), completions),
        box("side", card("What the machine sees in it", this.machine),
          card("How usual it is", this.usual), this.classes,
          card("Features more active than usual", this.features))));
  }

  tools() {
    const set = { Sample: () => this.sample(), "Open a file": () => this.file.click() };
    const all = Object.entries(set).map(([name, onclick]) => button(onclick, name));
    if (!this.canvas)
      return box("row", all, this.file, button(() => this.fill(NaN), "Forget all"));
    const names = { draw: "Draw", erase: "Erase", unknown: "Unknown" };
    const choose = tool => {
      this.canvas.tool = tool;
      buttons.forEach((b, i) => b.setAttribute("aria-pressed", String(Object.keys(names)[i] === tool)));
    };
    const buttons = Object.entries(names).map(([tool, name]) => action({ "aria-pressed": String(tool === "draw"), onclick: () => choose(tool) }, name));
    const brush = h("input", { type: "range", min: 1, max: Math.max(2, Math.round(this.canvas.tiles.width / 3)), value: this.canvas.brush, oninput: () => { this.canvas.brush = brush.valueAsNumber; } });
    const half = h("select", { "aria-label": "Forget a half", onchange: () => { this.forget(half.value); half.value = ""; } }, h("option", { value: "" }, "forget a half…"),
      Object.keys(HALVES).map(k => h("option", { value: k }, `the ${k} half`)));
    return box("stack", box("row", buttons, h("label", { class: "inline" }, "Brush", brush)),
      box("row", button(() => this.fill(this.canvas.range[0]), "Clear"), half, all, this.file));
  }

  /* the row */

  async begin() {
    const given = takeRow(this.model.name), kept = unpackHold(this.get("row"), this.model);
    fillRow(this.row, kept);
    if (given)
      for (const layer of this.model.inputs)
        if (given[layer.name])
          this.row[layer.name].set(given[layer.name]);
    if (this.pictureLayer && !isBits(this.pictureLayer) && this.pictureLayer.unit !== "spin") {
      const own = await this.own().catch(error => this.failed(error));
      if (own)
        this.canvas.setRange(rangeOf(this.pictureLayer, own.x[this.pictureLayer.name]));
    } else if (this.pictureLayer?.unit === "spin") {
      this.canvas.setRange([-1, 1]);
    }
    if (!given && !kept && (!this.pictureLayer || this.pictureLayer.unit === "gaussian"))
      return this.sample();
    this.changed();
  }

  own() {
    return ownSamples(this.api, this.model, countsOf(this.model, this.row));
  }

  fill(value) {
    for (const layer of this.model.inputs)
      if (layer === this.pictureLayer || Number.isNaN(value))
        this.row[layer.name].fill(value);
    this.changed();
  }

  forget(half) {
    if (half)
      halfOf(this.pictureLayer, half).forEach((inside, i) => { if (inside) this.row[this.pictureLayer.name][i] = NaN; });
    this.changed();
  }

  async sample() {
    try {
      const row = await anyOwn(this.api, this.model, countsOf(this.model, this.row));
      for (const layer of this.model.inputs)
        this.row[layer.name].set(row[layer.name]);
      this.changed();
    } catch (error) {
      this.failed(error);
    }
  }

  async dropped(file) {
    if (!file)
      return;
    try {
      const { rows, name } = await readRows(file, this.model), row = rows[Math.floor(Math.random() * rows.length)].units;
      for (const layer of this.model.inputs)
        this.row[layer.name].set(row[layer.name]);
      this.changed();
      this.status.textContent = rows.length > 1 ? `A random one of the ${rows.length} rows of ${name}; open the file again for another.` : name;
    } catch (error) {
      this.failed(error);
    }
  }

  changed() {
    this.editors.forEach(e => e.draw());
    const held = Object.fromEntries(this.model.inputs.map(l => [l.name, { values: Array.from(this.row[l.name]), mask: Array.from(this.row[l.name], v => Number(v === v)) }]));
    const text = packHold(held);
    this.settings.set({ row: text.length < 6000 ? text : "" });
    this.ask();
    this.askMore();
  }

  get unknown() {
    return this.model.inputs.reduce((n, l) => n + this.row[l.name].reduce((k, v) => k + Number(Number.isNaN(v)), 0), 0);
  }

  /* what the machine says */

  async look() {
    this.abort?.abort();
    this.abort = new AbortController();
    const options = this.options(), { api } = this, name = this.model.name;
    const inputs = inputsOf(this.model, [this.row]);
    if (!Object.keys(inputs).length) {
      this.status.textContent = "No value of this row is known yet.";
      return;
    }
    const body = { inputs, steps: this.get("steps") }, layer = this.model.hidden[0]?.name;
    this.ctx.how({ model: name, operation: "reconstruct", body });
    try {
      const [made, energy, features, classes] = await Promise.all([
        api.reconstruct(name, body, options), api.freeEnergy(name, { inputs }, options), layer && api.features(name, { inputs, layer }, options),
        this.model.classes ? api.classify(name, { inputs, top: 10 }, options) : null]);
      this.ctx.clear();
      this.say(this.unknown ? `${this.unknown} values are unknown.` : "");
      this.showMachine(byLayer(this.model, made.reconstruction), made.error[0]);
      if (classes)
        this.showClasses(classes);
      await Promise.all([this.showUsual(energy), layer && this.showFeatures(layer, features.features[0])]);
    } catch (error) {
      this.failed(error);
    }
  }

  showMachine(x, error) {
    const missing = this.unknown > 0;
    this.machine.replaceChildren(...this.model.inputs.map(layer => {
      const view = layerView(this.model, layer, x[layer.name][0], { given: this.row[layer.name], pixels: 168, range: layer === this.pictureLayer ? this.canvas.range : undefined });
      return h("figure", {}, view, h("figcaption", {}, kindOf(layer) === "picture" ? (missing ? "unknown parts filled in" : "its reconstruction") : layer.name));
    }), soft(`Mean squared error of the known values: ${fmt(error, 3)}`));
  }

  showClasses({ classes, probabilities }) {
    this.classes.hidden = false;
    this.classes.lastChild.replaceChildren(meters(classes[0].map((name, i) => ({ name: String(name), value: probabilities[0][i] })), "Classes"));
  }

  async showUsual({ free_energy: [f], log_prob: logProb, percentile, method }) {
    const own = await this.own(), share = shareBelow(own.freeEnergy, f);
    const whole = !this.unknown;
    const said = whole && percentile ? `More unusual than ${percent(percentile[0] / 100)} of the calibration rows.`
      : whole ? `${share < 0.9 ? "Usual" : share < 0.99 ? "Rather unusual" : "Strange"}: ${percent(share)} of the model's own samples have a lower free energy.`
      : "The unknown part is summed out, so this number cannot be compared with those of complete rows.";
    this.usual.replaceChildren(histogram(own.freeEnergy, { xLabel: "free energy (nats) of 256 samples of the model", marks: whole ? [{ value: f, text: "this row" }] : [] }),
      h("p", {}, said), soft(`F = ${fmt(f, 6)}${method === "variational" ? " (a bound)" : ""}` + (logProb?.[0] !== null && logProb ? `, log p = ${fmt(logProb[0], 5)}` : "")));
  }

  async showFeatures(layer, activity) {
    const { mean } = await meanActivity(this.api, this.model, layer);
    const order = activity.map((v, i) => i).filter(i => activity[i] > mean[i]).sort((a, b) => activity[b] - mean[b] - activity[a] + mean[a]).slice(0, FEATURES);
    const from = this.model.layer(layer), shown = this.pictureLayer && this.model.coupling(this.pictureLayer.name, layer) ? this.pictureLayer : null;
    const weights = shown && await weightsInto(this.api, this.model, shown.name, layer);
    if (!shown)
      return this.features.replaceChildren(meters(order.map(i => ({ name: `unit ${i}`, value: activity[i], text: level(from, activity[i]) })), "Activity of hidden units"));
    return this.features.replaceChildren(...order.map(i => h("div", { class: "tile", title: `unit ${i}: ${fmt(activity[i], 3)}, ${fmt(mean[i], 3)} on average` },
      picture(shown, weights.subarray(i * shown.size, (i + 1) * shown.size), { tone: "weights", scale: scaleFor(shown, 64), label: `weights of unit ${i}` }), `${i}: ${level(from, activity[i])}`)));
  }

  /** Several rows that agree with the known values. */
  async complete() {
    this.walking?.abort();
    this.walking = new AbortController();
    const s = this.settings, count = s.get("completions");
    if (!this.unknown) {
      this.completionsBox.replaceChildren(h("p", { class: "empty" }, this.pictureLayer ? "Everything is known. Paint with Unknown, or forget a half, to see how the machine completes it."
        : "Everything is known. Make a value unknown (?) to see what the machine would put there."));
      return;
    }
    const clamp = {};
    for (const layer of this.model.inputs) {
      const x = this.row[layer.name], known = Array.from(x, v => Number(v === v));
      if (known.some(Boolean))
        clamp[layer.name] = { values: Array.from(x, (v, i) => (known[i] ? v : null)) };
    }
    const body = { count, steps: s.get("walk"), seed: s.get("seed"), counts: countsOf(this.model, this.row), type: "mean", layers: this.model.visible.map(l => l.name) };
    if (Object.keys(clamp).length)
      body.clamp = clamp;
    try {
      const { samples } = await this.api.sample(this.model.name, body, this.options(this.walking));
      const x = unpackSamples(samples, this.model.visible, count, unpackBits), gallery = galleryOf(this.model, count, () => {}, { room: 300, most: this.pictureLayer && this.pictureLayer.size > 200 ? 4 : 8 });
      this.completionsBox.replaceChildren(gallery.element);
      gallery.layout();
      gallery.update(x, -1);
      this.ctx.how({ model: this.model.name, operation: "sample", body });
    } catch (error) {
      this.failed(error);
    }
  }

  back() {
    this.changed();
  }

  themed() {
    this.changed();
  }

  leave() {
    super.leave();
    this.ask.cancel();
    this.askMore.cancel();
    this.walking?.abort();
  }
}

export { Draw as View };
