// Editors of a row: a canvas in the layer's shape; a form of columns, letters, words. NaN means unknown.
import { columnsOf } from "./columns.js";
import { action, box, fmt, h, rgb } from "./dom.js";
import { kindOf, pictureSize } from "./model.js";
import { scaleFor, Tiles } from "./paint.js";

/** A canvas for mouse, touch and keys; changes x in place, then calls changed(). */
class Canvas {
  constructor(layer, x, changed, { label, range = [0, 1], pixels = 320 }) {
    Object.assign(this, { layer, x, changed, range, tool: "draw", brush: Math.max(1, Math.round(pictureSize(layer).width / 12)), cursor: null });
    this.tiles = new Tiles(layer, { label });
    this.tiles.n = this.tiles.columns = 1;
    this.tiles.scale = scaleFor(layer, pixels);
    this.tiles.resize();
    const { canvas } = this.tiles;
    canvas.classList.add("drawable");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "drawing area: arrow keys move, space paints");
    canvas.addEventListener("pointerdown", e => { canvas.setPointerCapture(e.pointerId); this.last = null; this.point(e); });
    canvas.addEventListener("pointermove", e => { if (e.buttons) this.point(e); });
    canvas.addEventListener("keydown", e => this.key(e));
    canvas.addEventListener("blur", () => { this.cursor = null; this.draw(); });
    this.element = canvas;
    this.draw();
  }

  setRange(range) {
    this.range = range;
    this.draw();
  }

  draw() {
    this.tiles.draw(this.x, this.range);
    if (!this.cursor)
      return;
    const c = this.element.getContext("2d");
    c.fillStyle = `rgb(${rgb("--mark")})`;
    c.fillRect(this.cursor.u, this.cursor.v, 1, 1);
  }

  point(e) {
    const box = this.element.getBoundingClientRect(), { width, height } = this.tiles;
    const to = { u: (e.clientX - box.left - this.element.clientLeft) / this.element.clientWidth * width, v: (e.clientY - box.top - this.element.clientTop) / this.element.clientHeight * height };
    const from = this.last ?? to, n = Math.ceil(2 * Math.hypot(to.u - from.u, to.v - from.v)) || 1;
    for (let i = 1; i <= n; i++)
      this.dab(from.u + (to.u - from.u) * i / n, from.v + (to.v - from.v) * i / n);
    this.last = to;
    this.draw();
    this.changed();
  }

  dab(u, v) {
    const { width, height, channels } = this.tiles, radius = Math.max(0.5, this.brush / 2);
    const value = { draw: this.range[1], erase: this.range[0], unknown: NaN }[this.tool];
    for (let b = Math.max(0, Math.floor(v - radius)); b < Math.min(height, v + radius + 1); b++)
      for (let a = Math.max(0, Math.floor(u - radius)); a < Math.min(width, u + radius + 1); a++)
        if (Math.hypot(a + 0.5 - u, b + 0.5 - v) <= radius || (Math.floor(u) === a && Math.floor(v) === b))
          for (let k = 0; k < channels; k++) {
            const i = (b * width + a) * channels + k;
            if (i < this.layer.size)
              this.x[i] = value;
          }
  }

  key(e) {
    const { width, height } = this.tiles, step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    this.cursor ??= { u: width >> 1, v: height >> 1 };
    if (step) {
      this.cursor.u = Math.max(0, Math.min(width - 1, this.cursor.u + step[0]));
      this.cursor.v = Math.max(0, Math.min(height - 1, this.cursor.v + step[1]));
    } else if (e.key === " " || e.key === "Enter") {
      this.dab(this.cursor.u + 0.5, this.cursor.v + 0.5);
      this.changed();
    } else {
      return;
    }
    e.preventDefault();
    this.draw();
  }
}

/** An input for each column, and a button that makes the value unknown. */
class Form {
  constructor(model, layer, x, changed) {
    Object.assign(this, { x, columns: columnsOf(model, [layer]) });
    this.inputs = this.columns.map(c => this.input(c, changed));
    this.element = box("form", this.columns.map((c, j) => [
      h("label", { for: this.inputs[j].id, title: c.name }, c.name), this.inputs[j],
      action({ "aria-label": `${c.name}: not known`, title: "not known", onclick: () => {
        x.fill(NaN, c.from, c.from + c.size);
        this.draw();
        changed();
      } }, "?")]));
    this.draw();
  }

  input(column, changed) {
    const id = `in-${column.layer.name}-${column.from}`;
    const take = element => {
      const text = element.value.trim(), fault = text === "" ? null : column.put(this.x, text);
      if (text === "")
        this.x.fill(NaN, column.from, column.from + column.size);
      element.setCustomValidity(fault ?? "");
      element.reportValidity();
      if (!fault)
        changed();
    };
    const values = column.kind === "category" ? column.categories : column.kind === "boolean" ? ["0", "1"] : null;
    if (values) {
      const select = h("select", { id, onchange: () => take(select) }, h("option", { value: "" }, "not known"), values.map(v => h("option", { value: v }, v)));
      return select;
    }
    const input = h("input", { id, type: "text", inputmode: column.kind === "number" ? "decimal" : "text", autocomplete: "off", spellcheck: "false", placeholder: "not known",
      oninput: () => take(input) });
    return input;
  }

  draw() {
    this.columns.forEach((c, j) => {
      const missing = c.kind === "letters" ? this.x.every(Number.isNaN) : Number.isNaN(this.x[c.from]);
      const text = missing ? "" : String(c.kind === "number" ? fmt(c.value(this.x), 5).replace("−", "-") : c.kind === "boolean" ? Math.round(c.value(this.x)) : c.value(this.x));
      if (document.activeElement !== this.inputs[j])
        this.inputs[j].value = text;
    });
  }
}

/** The editor of a layer: .element, .draw() after x changed; canvases also have .tool, .brush, .setRange(). */
export function editorOf(model, layer, x, changed, options = {}) {
  return kindOf(layer) === "picture" ? new Canvas(layer, x, changed, { label: `Draw ${layer.name} here`, ...options }) : new Form(model, layer, x, changed);
}
