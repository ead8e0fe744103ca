// SVG charts: axes with round ticks, labelled marks, values on hover.
import { box, fmt, h, svg, token } from "./dom.js";

/** Round numbers that divide a range into about n parts. */
export function ticksOf(low, high, n = 5) {
  const rough = (high - low) / n, power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].find(s => s * power >= rough) * power;
  const first = Math.ceil(low / step - 1e-9) * step, ticks = new Set();
  for (let i = 0, t; i <= 2 * n && (t = first + i * step) <= high + step * 1e-9; i++) // t may stay the same
    ticks.add(Math.abs(t) < step * 1e-9 ? 0 : t);
  return [...ticks];
}

function frame(width, height, x, y, { xLabel, yLabel, left = 44, xTicks = true, yTicks = true }) {
  const box = { left, right: width - 8, top: 14, bottom: height - (xLabel ? 34 : 20) };
  const sx = v => box.left + (box.right - box.left) * (v - x[0]) / (x[1] - x[0] || 1);
  const sy = v => box.bottom - (box.bottom - box.top) * (v - y[0]) / (y[1] - y[0] || 1);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, role: "img" });
  if (yTicks)
    for (const t of ticksOf(y[0], y[1], 4))
      root.append(svg("line", { class: "grid", x1: box.left, x2: box.right, y1: sy(t), y2: sy(t) }),
        svg("text", { x: box.left - 6, y: sy(t) + 4, "text-anchor": "end" }, fmt(t)));
  if (xTicks)
    for (const t of ticksOf(x[0], x[1], Math.max(2, width / 90)))
      root.append(svg("text", { x: sx(t), y: box.bottom + 15, "text-anchor": "middle" }, fmt(t)));
  root.append(svg("line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
  if (xLabel)
    root.append(svg("text", { x: (box.left + box.right) / 2, y: height - 3, "text-anchor": "middle" }, xLabel));
  if (yLabel)
    root.append(svg("text", { x: 0, y: 9 }, yLabel));
  return { root, sx, sy, box };
}

/** Counts of values in equal bins. */
function binsOf(values, n = 30, low = Math.min(...values), high = Math.max(...values)) {
  if (!(high > low)) {
    low -= Math.max(0.5, 1e-9 * Math.abs(low));
    high += high - low;
  }
  const counts = new Array(n).fill(0);
  for (const v of values)
    counts[Math.max(0, Math.min(n - 1, Math.floor((v - low) / (high - low) * n)))]++;
  return { counts, low, high };
}

/** A histogram; marks: [{ value, text }], lines over it. */
export function histogram(values, { xLabel, label, marks = [], width = 420, height = 150, bins = 30 }) {
  const inside = marks.map(m => m.value).filter(Number.isFinite);
  const low = Math.min(...values, ...inside), high = Math.max(...values, ...inside);
  const b = binsOf(values, bins, low, high), most = Math.max(...b.counts);
  const { root, sx, sy, box } = frame(width, height, [b.low, b.high], [0, most], { xLabel, yTicks: false, left: 6 });
  root.setAttribute("aria-label", label ?? xLabel);
  b.counts.forEach((count, i) => {
    const from = b.low + (b.high - b.low) * i / bins, to = b.low + (b.high - b.low) * (i + 1) / bins;
    if (count)
      root.append(svg("rect", { class: "bar", x: sx(from) + 0.5, width: Math.max(1, sx(to) - sx(from) - 1), y: sy(count),
        height: box.bottom - sy(count) }, svg("title", {}, `${fmt(from)} to ${fmt(to)}: ${count}`)));
  });
  for (const { value, text } of marks) {
    const right = sx(value) > (box.left + box.right) / 2;
    root.append(svg("line", { class: "mark", x1: sx(value), x2: sx(value), y1: box.top - 4, y2: box.bottom }),
      svg("text", { class: "mark-text", x: sx(value) + (right ? -5 : 5), y: box.top + 4, "text-anchor": right ? "end" : "start" }, text));
  }
  return root;
}

/** Bars with names; items [{ name, value, title, reference }], the last as a line. */
export function bars(items, { label, width = 420, height = 150, yLabel, least = 1e-12, most }) {
  const top = most ?? Math.max(least, ...items.map(i => Math.max(i.value, i.reference ?? 0)));
  const { root, sx, sy, box } = frame(width, height, [0, items.length], [0, top], { xTicks: false, yLabel });
  root.setAttribute("aria-label", label);
  items.forEach((item, i) => {
    root.append(svg("rect", { class: "bar", x: sx(i + 0.12), width: sx(i + 0.88) - sx(i + 0.12), y: sy(item.value),
      height: Math.max(0, box.bottom - sy(item.value)) }, svg("title", {}, item.title ?? fmt(item.value))));
    if (item.reference !== undefined)
      root.append(svg("line", { class: "mark", x1: sx(i + 0.05), x2: sx(i + 0.95), y1: sy(item.reference), y2: sy(item.reference) }));
    root.append(svg("text", { x: sx(i + 0.5), y: box.bottom + 15, "text-anchor": "middle" }, item.name));
  });
  return root;
}

/** Up to hundreds of lines that grow to the right and scroll when full, on a canvas. */
export class Traces {
  constructor({ label, xLabel, yLabel, keep = 240, height = 170 }) {
    Object.assign(this, { keep, height, xLabel, yLabel, steps: [], lines: [], picked: -1 });
    this.canvas = h("canvas", { role: "img", "aria-label": label });
    this.canvas.style.imageRendering = "auto";
    this.element = box("", this.canvas);
  }

  clear() {
    this.steps = [];
    this.lines = [];
  }

  add(step, values) {
    if (this.lines.length && this.lines[0].length !== values.length)
      this.clear();
    this.steps.push(step);
    this.lines.push(Float64Array.from(values));
    if (this.steps.length > this.keep) {
      this.steps.shift();
      this.lines.shift();
    }
  }

  draw() {
    const ratio = window.devicePixelRatio || 1, width = this.element.clientWidth || 300, { height, canvas } = this;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== height * ratio) {
      canvas.width = Math.round(width * ratio);
      canvas.height = height * ratio;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const c = canvas.getContext("2d");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    if (!this.lines.length)
      return;
    let low = Infinity, high = -Infinity;
    for (const line of this.lines)
      for (const v of line) {
        if (v < low) low = v;
        if (v > high) high = v;
      }
    if (!(high > low))
      high = low + Math.max(1, 1e-9 * Math.abs(low));
    const left = 52, right = width - 6, top = 16, bottom = height - 32, n = this.lines.length;
    const first = this.steps[0], last = Math.max(this.steps[n - 1], first + 1);
    const sx = s => left + (right - left) * (s - first) / (last - first), sy = v => bottom - (bottom - top) * (v - low) / (high - low);
    c.font = "11px system-ui, sans-serif";
    c.fillStyle = token("--soft");
    c.strokeStyle = token("--wash");
    c.textAlign = "right";
    for (const t of ticksOf(low, high, 4)) {
      c.beginPath();
      c.moveTo(left, sy(t));
      c.lineTo(right, sy(t));
      c.stroke();
      c.fillText(fmt(t), left - 6, sy(t) + 4);
    }
    c.textAlign = "center";
    for (const t of ticksOf(first, last, Math.max(2, width / 110)))
      c.fillText(fmt(t), sx(t), bottom + 14);
    c.fillText(this.xLabel, (left + right) / 2, height - 4);
    c.textAlign = "left";
    c.fillText(this.yLabel, 0, 10);
    const chains = this.lines[0].length;
    const trace = k => {
      c.beginPath();
      for (let i = 0; i < n; i++)
        c.lineTo(sx(this.steps[i]), sy(this.lines[i][k]));
      c.stroke();
    };
    c.strokeStyle = token("--accent");
    c.globalAlpha = Math.max(0.08, Math.min(0.6, 12 / chains));
    c.lineWidth = 1;
    for (let k = 0; k < chains; k++)
      trace(k);
    c.globalAlpha = 1;
    if (this.picked >= 0 && this.picked < chains) {
      c.strokeStyle = token("--mark");
      c.lineWidth = 2;
      trace(this.picked);
    }
  }
}
