// Pictures: units as pixels, many rows as tiles, weights in two colours.
import { box, h, rgb } from "./dom.js";
import { isBinary, pictureSize } from "./model.js";

/** The values shown as black and white. */
export function rangeOf(layer, x) {
  if (isBinary(layer))
    return [0, 1];
  if (layer.unit === "spin")
    return [-1, 1];
  let low = Infinity, high = -Infinity;
  for (const v of x)
    if (v === v) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
  return low < high ? [low, high] : [low - 1, low + 1];
}

/** Draws rows [n][size] as tiles. tone: "grey" or "weights" (by a tile's largest magnitude). Unknown values are hatched. */
export class Tiles {
  /** layer: gives the tiles their shape. gap: between tiles, in units. */
  constructor(layer, { gap = 1, tone = "grey", label = "" } = {}) {
    this.layer = layer;
    Object.assign(this, pictureSize(layer), { gap, tone, n: 0, columns: 0, picked: -1, marks: new Set() });
    this.canvas = h("canvas", { role: "img", "aria-label": label });
    this.element = box("", this.canvas);
  }

  /** Columns and pixel size for n tiles in a width and, if possible, a height. */
  fit(n, width, { room = Infinity, most = 8 } = {}) {
    const { width: w, height: t, gap } = this, ratio = window.devicePixelRatio || 1;
    let best = null;
    for (let c = 1; c <= n; c++) {
      const across = c * (w + gap) - gap, rows = Math.ceil(n / c);
      const scale = Math.max(1, Math.min(most * ratio, Math.floor(width * ratio / across))) / ratio;
      const over = Math.max(0, rows * (t + gap) * scale / room - 1) + 4 * Math.max(0, across * scale / width - 1);
      const score = scale * (n % c ? 0.85 : 1) + 0.5 * across * scale / width - 3 * over;
      if (!best || score > best.score)
        best = { score, c, scale };
    }
    this.n = n;
    this.columns = best.c;
    this.scale = best.scale;
    this.resize();
  }

  resize() {
    const rows = Math.ceil(this.n / this.columns);
    this.canvas.width = this.columns * (this.width + this.gap) - this.gap;
    this.canvas.height = rows * (this.height + this.gap) - this.gap;
    this.canvas.style.width = `${this.canvas.width * this.scale}px`;
    this.image = new ImageData(this.canvas.width, this.canvas.height);
    this.words = new Uint32Array(this.image.data.buffer);
  }

  draw(x, [low, high] = rangeOf(this.layer, x)) {
    const { width, height, channels, columns, gap, image, words, layer } = this;
    const stride = image.width, size = layer.size;
    const weights = this.tone === "weights";
    const zero = rgb("--card"), up = rgb("--warm"), down = rgb("--cool"), lost = rgb("--wash"), lost2 = rgb("--line");
    words.fill(0);
    for (let k = 0; k < this.n; k++) {
      const x0 = (k % columns) * (width + gap), y0 = Math.floor(k / columns) * (height + gap), from = k * size;
      let top = 0;
      if (weights)
        for (let i = 0; i < size; i++)
          top = Math.max(top, Math.abs(x[from + i]));
      for (let p = 0; p < width * height; p++) {
        const u = p % width, v = (p - u) / width, to = (y0 + v) * stride + x0 + u, i = from + p * channels;
        if (p * channels >= size)
          continue;
        if (weights) {
          const t = top ? x[i] / top : 0, c = t > 0 ? up : down, a = Math.abs(t);
          words[to] = pack(zero[0] + (c[0] - zero[0]) * a, zero[1] + (c[1] - zero[1]) * a, zero[2] + (c[2] - zero[2]) * a);
        } else if (x[i] !== x[i]) {
          const c = (u + v) % 2 ? lost : lost2;
          words[to] = pack(c[0], c[1], c[2]);
        } else {
          const s = 255 / (high - low), r = (x[i] - low) * s;
          words[to] = channels === 3 ? pack(r, (x[i + 1] - low) * s, (x[i + 2] - low) * s) : pack(r, r, r);
        }
      }
    }
    const context = this.canvas.getContext("2d");
    context.putImageData(image, 0, 0);
    if (this.picked >= 0 || this.marks.size)
      this.outline(context);
  }

  outline(context) {
    const mark = rgb("--mark");
    context.fillStyle = `rgb(${mark})`;
    for (const k of [this.picked, ...this.marks]) {
      if (k < 0 || k >= this.n)
        continue;
      const x0 = (k % this.columns) * (this.width + this.gap) - 1, y0 = Math.floor(k / this.columns) * (this.height + this.gap) - 1;
      const w = this.width + 2, t = this.height + 2, thick = 1;
      context.fillRect(x0, y0, w, thick);
      context.fillRect(x0, y0 + t - thick, w, thick);
      context.fillRect(x0, y0, thick, t);
      context.fillRect(x0 + w - thick, y0, thick, t);
    }
  }

  /** The tile under a mouse or touch event, or -1. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const u = Math.floor(((event.clientX - box.left) / box.width) * this.canvas.width / (this.width + this.gap));
    const v = Math.floor(((event.clientY - box.top) / box.height) * this.canvas.height / (this.height + this.gap));
    const k = v * this.columns + u;
    return u >= 0 && u < this.columns && k >= 0 && k < this.n ? k : -1;
  }

  /** Lets a tile be chosen by mouse, touch and arrow keys; calls told(k). */
  pickable(told) {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.classList.add("pointable");
    canvas.addEventListener("click", e => told(this.at(e)));
    canvas.addEventListener("keydown", e => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns, Home: -this.n, End: this.n }[e.key];
      if (!step)
        return;
      e.preventDefault();
      told(Math.max(0, Math.min(this.n - 1, Math.max(this.picked, 0) + (this.picked < 0 ? 0 : step))));
    });
  }
}

function pack(r, g, b) {
  const c = v => (v < 0 ? 0 : v > 255 ? 255 : v) & 255;
  return (255 << 24 | c(b) << 16 | c(g) << 8 | c(r)) >>> 0;
}

/** One picture. */
export function picture(layer, x, { scale = 4, tone = "grey", label = "", range } = {}) {
  const tiles = new Tiles(layer, { tone, label });
  tiles.n = tiles.columns = 1;
  tiles.scale = scale;
  tiles.resize();
  tiles.draw(x, range);
  return tiles.canvas;
}

/** The largest whole scale at which a picture fits into some CSS pixels. */
export function scaleFor(layer, pixels) {
  const { width, height } = pictureSize(layer);
  return Math.max(1, Math.floor(pixels / Math.max(width, height)));
}
