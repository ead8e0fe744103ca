// Between: part of what is seen is given, the rest dreamt: tags from pictures, pictures from tags.
import { fillRow, packHold, unpackHold } from "./chains.js";
import { columnsOf } from "./columns.js";
import { action, box, button, card, debounce, h, lead, statusLine } from "./dom.js";
import { editorOf } from "./editor.js";
import { anyOwn, countsOf } from "./knowledge.js";
import { Live } from "./live.js";
import { blank, kindOf } from "./model.js";
import { indexed, Nearby } from "./near.js";
import { picture, scaleFor } from "./paint.js";
import { layerView } from "./rowview.js";
import { getFile, takeRow } from "./store.js";
import { View } from "./view.js";

export const defaults = { given: "", row: "", steps: 2, seed: 1 };

const KEEP = 0.95; /* weight of the running mean from frame to frame */

class Between extends View {
  constructor(ctx) {
    super(ctx);
    Object.assign(this, { row: {}, cards: new Map() });
    const { model } = this;
    if (model.visible.length < 2) {
      ctx.root.append(h("p", { class: "card empty" }, "This model has a single visible layer, so there is nothing to infer it from. " +
        "Models with a label layer (boltz train … --labels FILE) or several modalities (boltz train multimodal) have more. For parts of a picture use Draw."));
      return;
    }
    for (const layer of model.visible)
      this.row[layer.name] = blank(layer);
    const kept = unpackHold(this.get("row"), model), sent = takeRow(model.name);
    fillRow(this.row, kept);
    for (const name of Object.keys(sent ?? {}))
      this.row[name]?.set(sent[name]);
    const usual = model.label ?? model.visible.find(l => kindOf(l) !== "picture") ?? model.visible[0];
    this.given = new Set(this.get("given").split(" ").filter(n => model.layer(n)));
    if (!this.given.size)
      this.given.add(usual.name);
    this.build();
    this.changed();
  }

  build() {
    const { model } = this, begin = debounce(() => this.changed(), 120);
    this.status = statusLine();
    this.editors = new Map(model.visible.map(layer => [layer.name, editorOf(model, layer, this.row[layer.name], begin, { pixels: 196, label: `Draw ${layer.name} here`, range: layer.unit === "spin" ? [-1, 1] : [0, 1] })]));
    const givenCard = layer => {
      const check = h("input", { type: "checkbox", checked: this.given.has(layer.name), onchange: () => {
        if (check.checked) this.given.add(layer.name);
        else this.given.delete(layer.name);
        this.changed();
      } });
      const body = box("stack", this.quick(layer), this.editors.get(layer.name).element);
      this.cards.set(layer.name, body);
      return card("", h("h2", {}, h("label", { class: "check" }, check, ` given: ${layer.name}`)), body);
    };
    this.live = new Live(this, { clamp: this.clamp(), seed: this.get("seed"), steps: this.get("steps"), row: this.row, room: 420, most: 6, told: (frame, count) => this.told(frame, count) });
    this.loop = this.live.loop;
    this.means = box("tiles");
    this.near = h("section", { class: "card", hidden: true });
    this.ctx.root.append(
      lead("Tick what is given and fill it in; the machine dreams the rest, in chains that hold what is given."),
      box("columns narrow-left", box("side", model.visible.map(givenCard), box("row",
        button(() => this.example(), "A sample of the model"))),
        box("side", card("The dream", this.status, this.live.element),
          card("Mean over the chains", this.means), this.near)));
  }

  /** Buttons for a layer of few classes: pressing one holds it. */
  quick(layer) {
    if (kindOf(layer) !== "category" || layer.size > 30)
      return null;
    return box("row", columnsOf(this.model, [layer])[0].categories.map((name, i) => action({ "aria-label": `${layer.name} ${name}`, onclick: () => {
      this.row[layer.name].fill(0);
      this.row[layer.name][i] = 1;
      this.given.add(layer.name);
      this.ctx.root.querySelectorAll("h2 input").forEach((c, k) => { c.checked = this.given.has(this.model.visible[k].name); });
      this.changed();
    } }, name)));
  }

  async example() {
    try {
      const row = await anyOwn(this.api, this.model, countsOf(this.model));
      for (const layer of this.model.visible)
        this.row[layer.name].set(row[layer.name]);
      this.changed();
    } catch (error) {
      this.failed(error);
    }
  }

  /** What is held: the known units of the given layers. */
  clamp() {
    const clamp = {};
    for (const name of this.given) {
      const x = this.row[name], mask = Array.from(x, v => Number(v === v)), low = blank(this.model.layer(name), false);
      if (mask.some(Boolean))
        clamp[name] = { values: Array.from(x, (v, i) => (mask[i] ? v : low[i])), mask };
    }
    return Object.keys(clamp).length ? clamp : undefined;
  }

  changed() {
    const { model } = this;
    for (const layer of model.visible) {
      this.editors.get(layer.name).draw();
      this.cards.get(layer.name).hidden = !this.given.has(layer.name);
    }
    const clamp = this.clamp(), text = packHold(clamp);
    this.settings.set({ given: [...this.given].join(" "), row: text.length < 6000 ? text : "" });
    this.free = model.visible.filter(l => !clamp?.[l.name] || clamp[l.name].mask.some(m => !m));
    this.mean = null;
    this.live.hold(clamp);
    this.ctx.how({ model: model.name, operation: "sample", body: { count: 16, steps: 500, seed: this.get("seed"), type: "mean", clamp, layers: this.free.map(l => l.name), counts: countsOf(model, this.row) } });
    this.likeIt();
  }

  told({ x, step }, count) {
    this.say(`Step ${step}`);
    this.average(x, count);
    const now = performance.now();
    if (this.shown && now - this.shown < 250)
      return;
    this.shown = now;
    this.means.replaceChildren(...this.free.map(layer => {
      const view = h("figure", {}, layerView(this.model, layer, this.mean[layer.name], { pixels: 140, top: 10 }), h("figcaption", {}, layer.name));
      view.style.flex = kindOf(layer) === "picture" ? "" : "1 1 220px";
      return view;
    }));
  }

  average(x, count) {
    const fresh = !this.mean;
    this.mean ??= {};
    for (const layer of this.model.visible) {
      const m = this.mean[layer.name] ??= new Float32Array(layer.size), values = x[layer.name];
      for (let i = 0; i < layer.size; i++) {
        let sum = 0;
        for (let r = 0; r < count; r++)
          sum += values[r * layer.size + i];
        m[i] = fresh ? sum / count : KEEP * m[i] + (1 - KEEP) * sum / count;
      }
    }
  }

  /** The rows nearest to what is given, from the model's index and from the file opened in Rows. */
  async likeIt() {
    const file = getFile(this.model.name), clamp = this.clamp(), turn = this.turn = {};
    const units = Object.fromEntries(this.model.inputs.map(l => [l.name, Float32Array.from(this.row[l.name], (v, i) => (clamp?.[l.name]?.mask[i] ? v : NaN))]));
    if (!file && !this.model.index || !Object.values(units).some(x => x.some(v => !Number.isNaN(v))))
      return;
    try {
      const list = await indexed(this.api, this.model, units, 8), layer = this.model.picture;
      this.nearby ??= new Nearby(this.api, this.model, file?.rows ?? []);
      const found = await this.nearby.nearest(units, 8);
      if (turn !== this.turn)
        return;
      this.near.hidden = false;
      this.near.replaceChildren(...list, h("h3", {}, file ? `Nearest rows of ${file.name}` : ""), box("tiles", found.map(({ row, cosine }) => box("tile",
        layer ? picture(layer, row.units[layer.name], { scale: scaleFor(layer, 56), label: `row ${row.index + 1}` }) : null, `row ${(row.index ?? 0) + 1}: ${cosine.toFixed(2)}`))));
    } catch (error) {
      this.failed(error);
    }
  }

  back() {
    this.live.start();
  }

  themed() {
    this.editors?.forEach(e => e.draw());
  }

  resized() {
    this.live?.gallery.layout();
  }
}

export { Between as View };
