// One chain of many, close up: its values, what its hidden units do, which part of it is held.
import { columnsOf } from "./columns.js";
import { box, button, debounce, fmt, h, scroll, times } from "./dom.js";
import { blank, halfOf, HALVES, pictureSize, rowOf } from "./model.js";
import { picture, scaleFor, Tiles } from "./paint.js";
import { addressOf } from "./settings.js";
import { putRow } from "./store.js";

export class PickedChain {
  /** restart(init by layer): starts every chain there. hold(clamp or null). */
  constructor(ctx, { restart, hold }) {
    Object.assign(this, { ctx, model: ctx.model, restart, hold, index: -1 });
    this.body = box("stack");
    this.element = h("section", { class: "card", "aria-label": "One chain" }, h("h2", {}, "One chain"), this.body);
    this.features = debounce(() => this.askFeatures(), 60);
    this.choose(-1);
  }

  choose(k) {
    this.index = k;
    this.row = null;
    this.painted = null;
    if (k < 0)
      this.body.replaceChildren(h("p", { class: "empty" }, "Choose a chain to see it close up: what its hidden units do, how its energy moves. Hold a part of it " +
        "and the other chains complete that part; or start all of them from its state."));
    else
      this.build();
  }

  build() {
    const { model } = this;
    this.title = h("p", { class: "number soft" });
    this.title.style.textAlign = "left";
    this.pictureLayer = model.picture;
    this.pictureBox = box();
    this.columns = columnsOf(model);
    this.cells = this.columns.slice(0, 60).map(c => h("td", {}));
    this.checks = this.columns.slice(0, 60).map(c => h("input", { type: "checkbox", "aria-label": `hold ${c.name}` }));
    const table = this.columns.length ? scroll("Values of this chain", h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "hold"),
      h("th", {}, "column"), h("th", {}, "value"))), h("tbody", {}, this.cells.map((cell, j) =>
        h("tr", {}, h("td", {}, this.checks[j]), h("th", { scope: "row" }, this.columns[j].name), cell))))) : null;
    if (table)
      table.style.maxHeight = "260px";
    this.holdSelect = h("select", { "aria-label": "Part of the picture to hold" }, h("option", { value: "" }, "nothing"), Object.keys(HALVES).map(k => h("option", { value: k }, `the ${k} half`)),
      h("option", { value: "painted" }, "the part I paint"));
    this.hiddenLayer = model.hidden[0];
    this.hidden = this.hiddenLayer && new Tiles({ ...this.hiddenLayer, unit: "bernoulli" }, { label: `Units of ${this.hiddenLayer.name} given this chain` });
    this.body.replaceChildren(this.title, box("tiles", this.pictureBox, this.hidden ? h("figure", {}, this.hidden.element,
      h("figcaption", {}, `${this.hiddenLayer.name}, ${this.hiddenLayer.size} units: white = on`)) : null),
      table ?? "", box("row",
        this.pictureLayer ? h("label", { class: "inline" }, "Hold", this.holdSelect) : null,
        button(() => this.holdNow(), "Hold in all chains"),
        button(() => this.all(), "Start all from here"),
        button(() => this.draw(), "Open in Draw")));
  }

  frame({ x, energy, step }) {
    if (this.index < 0)
      return;
    const { model, index } = this;
    this.row = Object.fromEntries(Object.keys(x).map(name => [name, rowOf(x, model.layer(name), index)]));
    this.title.textContent = `chain ${index} · step ${step} · energy ${fmt(energy[index], 5)}`;
    if (this.pictureLayer)
      this.drawPicture();
    this.columns.slice(0, 60).forEach((c, j) => { this.cells[j].textContent = c.text(this.row[c.layer.name]); });
    const now = performance.now();
    if (this.hidden && (!this.asked || now - this.asked > 200)) {
      this.asked = now;
      this.features();
    }
  }

  drawPicture() {
    const layer = this.pictureLayer, scale = scaleFor(layer, 168);
    const canvas = picture(layer, this.row[layer.name], { scale, label: "This chain" });
    if (this.painted) {
      const context = canvas.getContext("2d"), { width } = pictureSize(layer);
      context.fillStyle = "rgba(255,120,60,.5)";
      this.painted.forEach((m, i) => { if (m) context.fillRect(i % width, Math.floor(i / width), 1, 1); });
    }
    if (!this.canvas || !this.canvas.isConnected) {
      this.canvas = canvas;
      canvas.classList.add("drawable");
      canvas.addEventListener("pointerdown", e => this.paint(e));
      canvas.addEventListener("pointermove", e => { if (e.buttons) this.paint(e); });
      this.pictureBox.replaceChildren(canvas);
    } else {
      this.canvas.getContext("2d").drawImage(canvas, 0, 0);
    }
  }

  paint(e) {
    const layer = this.pictureLayer, { width, height } = pictureSize(layer), box = this.canvas.getBoundingClientRect();
    const u = (e.clientX - box.left) / box.width * width, v = (e.clientY - box.top) / box.height * height;
    this.painted ??= new Uint8Array(width * height);
    this.holdSelect.value = "painted";
    for (let i = 0; i < width * height; i++)
      if ((i % width + 0.5 - u) ** 2 + (Math.floor(i / width) + 0.5 - v) ** 2 < Math.max(4, (width / 12) ** 2))
        this.painted[i] = 1;
    this.drawPicture();
  }

  /** The part chosen to be held, as a clamp. */
  chosen() {
    const clamp = {}, layer = this.pictureLayer, part = this.holdSelect?.value;
    if (layer && part) {
      const { channels } = pictureSize(layer);
      const mask = part === "painted" ? times(layer.size, i => this.painted?.[Math.floor(i / channels)] ?? 0) : halfOf(layer, part);
      if (mask.some(Boolean))
        clamp[layer.name] = { values: Array.from(this.row[layer.name]), mask };
    }
    this.columns.slice(0, 60).forEach((c, j) => {
      if (!this.checks[j].checked)
        return;
      const of = clamp[c.layer.name] ??= { values: Array.from(this.row[c.layer.name]), mask: new Array(c.layer.size).fill(0) };
      of.mask.fill(1, c.from, c.from + c.size);
    });
    return Object.keys(clamp).length ? clamp : null;
  }

  holdNow() {
    const clamp = this.chosen();
    if (!clamp)
      return this.title.textContent = "First choose what to hold: a part of the picture, or columns.";
    return this.hold(clamp);
  }

  all() {
    this.restart(Object.fromEntries(this.model.visible.map(l => [l.name, [Array.from(this.row[l.name])]])));
  }

  draw() {
    putRow(this.model.name, this.row);
    location.hash = addressOf("draw", { model: this.model.name });
  }

  async askFeatures() {
    if (this.index < 0 || !this.row || this.busy)
      return;
    this.busy = true;
    this.abort = new AbortController();
    try {
      const inputs = Object.fromEntries(this.model.inputs.map(l => [l.name, [Array.from(this.row[l.name] ?? blank(l))]]));
      const layer = this.hiddenLayer.name;
      const { features } = await this.ctx.api.features(this.model.name, { inputs, layer }, { signal: this.abort.signal });
      this.hidden.n = this.hidden.columns = 1;
      this.hidden.scale = Math.min(16, Math.max(3, Math.floor(170 / this.hidden.width)));
      if (!this.hidden.image)
        this.hidden.resize();
      this.hidden.draw(features[0]);
    } catch { /* the request for the chains reports what is wrong */ }
    this.busy = false;
  }

  leave() {
    this.features.cancel();
    this.abort?.abort();
  }
}
