// Many rows at once: pictures as tiles, sequences as lines, counts as words, tables as tables.
import { columnsOf, lettersOf, wordsOf } from "./columns.js";
import { action, box, h, scroll, times } from "./dom.js";
import { kindOf } from "./model.js";
import { rangeOf, Tiles } from "./paint.js";

class TileGallery {
  constructor(model, count, told, { room, most = 8 } = {}) {
    Object.assign(this, { room, most });
    this.layer = model.picture;
    this.tiles = new Tiles(this.layer, { gap: 2, label: `${count} chains as pictures; arrow keys choose one` });
    this.tiles.pickable(told);
    this.element = this.tiles.element;
    this.count = count;
    this.range = null;
  }

  layout() {
    this.tiles.fit(this.count, this.element.clientWidth || 300, { room: this.room ?? Math.max(360, Math.min(720, innerHeight - 120)), most: this.most });
    if (this.last)
      this.update(this.last, this.tiles.picked);
  }

  update(x, picked) {
    this.last = x;
    if (!this.tiles.image)
      return this.layout();
    const values = x[this.layer.name], now = rangeOf(this.layer, values);
    /* real values: the range only grows, so that grey levels do not flicker */
    this.range = this.range ? [Math.min(this.range[0], now[0]), Math.max(this.range[1], now[1])] : now;
    this.tiles.picked = picked;
    this.tiles.draw(values, this.range);
  }
}

/** A button for each chain; `render` fills it when what it shows has changed. */
class LineGallery {
  constructor(count, told, key, render, className) {
    Object.assign(this, { key, render });
    this.buttons = times(count, k =>
      action({ class: className, "aria-pressed": "false", onclick: () => told(k) }));
    this.element = box("scroll stack", this.buttons);
    this.element.style.maxHeight = "520px";
    this.element.style.gap = "2px";
    this.shown = new Array(count);
  }

  layout() {}

  update(x, picked) {
    this.buttons.forEach((button, k) => {
      const key = this.key(x, k);
      if (this.shown[k] !== key) {
        this.shown[k] = key;
        button.replaceChildren(...[this.render(x, k)].flat());
      }
      button.setAttribute("aria-pressed", String(k === picked));
    });
  }
}

class TableGallery {
  constructor(model, count, told) {
    this.columns = columnsOf(model);
    this.rows = times(count, k => {
      const cells = this.columns.map(c => h("td", { class: c.kind === "number" || c.kind === "boolean" ? "number" : "" }));
      const pick = action({ class: "link", "aria-label": `choose chain ${k}`, onclick: () => told(k) }, String(k));
      return { cells, row: h("tr", {}, h("th", { scope: "row" }, pick), cells) };
    });
    const head = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "chain"), this.columns.map(c => h("th", { scope: "col" }, c.name))));
    this.element = scroll("Chains as rows of a table",
      h("table", {}, head, h("tbody", {}, this.rows.map(r => r.row))));
    this.element.style.maxHeight = "520px";
  }

  layout() {}

  update(x, picked) {
    this.rows.forEach(({ cells, row }, k) => {
      this.columns.forEach((c, j) => {
        const text = c.text(x[c.layer.name], k * c.layer.size);
        if (cells[j].textContent !== text)
          cells[j].textContent = text;
      });
      row.classList.toggle("picked", k === picked);
    });
  }
}

/** told(k): a chain was chosen. The gallery has .element, .layout() and .update(x by layer, picked). */
export function galleryOf(model, count, told, options) {
  if (model.display === "tiles")
    return new TileGallery(model, count, told, options);
  if (model.display === "letters") {
    const layer = model.inputs.find(l => kindOf(l) === "letters"), text = (x, k) => lettersOf(layer, x[layer.name], k * layer.size);
    return new LineGallery(count, told, text, text, "letters");
  }
  if (model.display === "words") {
    const layer = model.inputs.find(l => kindOf(l) === "words");
    const list = (x, k) => wordsOf(model, layer, x[layer.name], k * layer.size, 9);
    return new LineGallery(count, told, (x, k) => list(x, k).map(w => `${w.name} ${w.value.toFixed(2)}`).join(", ") || "no words",
      (x, k) => list(x, k).map(w => {
        const chip = h("span", { class: "chip" }, w.name, w.value === 1 ? "" : ` ${w.value % 1 ? w.value.toFixed(1) : w.value}`);
        chip.style.boxShadow = `inset 0 -3px color-mix(in srgb, var(--accent) ${Math.min(100, 25 * w.value)}%, transparent)`;
        return chip;
      }), "words tile");
  }
  return new TableGallery(model, count, told);
}
