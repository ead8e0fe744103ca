// Which columns (positions, words) depend on which: what hidden units pass from one to another.
import { alphabetOf, columnsOf } from "./columns.js";
import { box, h, scroll, svg, times } from "./dom.js";
import { meanActivity, weightsInto } from "./knowledge.js";
import { kindOf } from "./model.js";

const MOST = 64; /* columns in the matrix */

/** Runs of units that belong together: { name, layer, from, size, softmax }. */
function itemsOf(model, layers) {
  return layers.flatMap(layer => {
    const kind = kindOf(layer);
    if (kind === "letters") {
      const width = alphabetOf(layer).length;
      return times(layer.size / width, g => ({ name: String(g + 1), layer, from: g * width, size: width, softmax: true }));
    }
    if (kind === "words")
      return times(layer.size, i => ({ name: model.unitName(layer, i), layer, from: i, size: 1 }));
    return columnsOf(model, [layer]).map(c => ({ name: c.name, layer, from: c.from, size: c.size, softmax: layer.unit === "softmax" }));
  });
}

/** An item's weights to the hidden units, [size][hidden], where a softmax group's sum is zero. */
function rowsOf(item, weights, hidden, sigma) {
  const n = item.layer.size, rows = Array.from({ length: item.size }, (_, k) =>
    Float64Array.from({ length: hidden }, (_, j) => weights[j * n + item.from + k] / (sigma ? Math.exp(sigma[item.from + k]) : 1)));
  if (item.softmax)
    for (let j = 0; j < hidden; j++) {
      const mean = rows.reduce((a, r) => a + r[j], 0) / item.size;
      rows.forEach(r => { r[j] -= mean; });
    }
  return rows;
}

/** strength[a][b]: root mean square over two columns' units of sum_h p(1-p) W_ih W_jh. */
export async function dependence(api, model) {
  const hidden = model.hidden[0], layers = hidden ? model.visible.filter(l => model.coupling(l.name, hidden.name) && kindOf(l) !== "picture") : [];
  const items = itemsOf(model, layers);
  if (!hidden || items.length < 2 || items.length > MOST)
    return null;
  const { mean } = await meanActivity(api, model, hidden.name);
  const spread = hidden.unit === "bernoulli" ? Array.from(mean, p => p * (1 - p)) : new Array(hidden.size).fill(1);
  const sides = new Map();
  for (const layer of layers) {
    const weights = await weightsInto(api, model, layer.name, hidden.name);
    const sigma = layer.unit === "gaussian" ? (await api.parameter(model.name, `${layer.name}.log_sigma`)).data : null;
    for (const item of items.filter(i => i.layer === layer))
      sides.set(item, rowsOf(item, weights, hidden.size, sigma));
  }
  const strength = items.map(a => items.map(b => {
    if (a === b)
      return 0;
    let sum = 0;
    for (const x of sides.get(a))
      for (const y of sides.get(b)) {
        let j = 0;
        for (let k = 0; k < hidden.size; k++)
          j += spread[k] * x[k] * y[k];
        sum += j * j;
      }
    return Math.sqrt(sum / (a.size * b.size));
  }));
  return { items, strength };
}

/** The matrix as a picture with names, and a list of its strongest pairs. */
export function dependenceView({ items, strength }) {
  const n = items.length, cell = Math.max(9, Math.min(34, Math.floor(360 / n))), left = 8 + 7 * Math.min(14, Math.max(...items.map(i => i.name.length)));
  const most = Math.max(...strength.flat()) || 1;
  const named = (i, every) => (n <= 40 || i % every === 0 ? items[i].name.slice(0, 14) : "");
  const root = svg("svg", { viewBox: `0 0 ${left + n * cell} ${left + n * cell}`, width: left + n * cell, role: "img", "aria-label": "Strength of dependence between columns" });
  for (let a = 0; a < n; a++) {
    root.append(svg("text", { x: left - 4, y: left + a * cell + cell / 2 + 4, "text-anchor": "end" }, named(a, 5)),
      svg("text", { x: 0, y: 0, transform: `translate(${left + a * cell + cell / 2 + 4} ${left - 4}) rotate(-90)` }, named(a, 5)));
    for (let b = 0; b < n; b++) {
      const rect = svg("rect", { x: left + b * cell, y: left + a * cell, width: cell - 1, height: cell - 1 }, svg("title", {}, `${items[a].name} and ${items[b].name}: ${strength[a][b].toFixed(3)}`));
      rect.style.fill = a === b ? "var(--wash)" : `color-mix(in srgb, var(--accent) ${Math.round(100 * strength[a][b] / most)}%, var(--card))`;
      rect.style.stroke = "var(--wash)";
      root.append(rect);
    }
  }
  const pairs = items.flatMap((a, i) => items.slice(i + 1).map((b, j) => ({ a, b, s: strength[i][i + 1 + j] }))).sort((x, y) => y.s - x.s).slice(0, 6);
  return box("tiles", scroll("Matrix of dependence", root), box("", h("h3", {}, "Strongest"), h("ol", {}, pairs.map(p => h("li", {}, `${p.a.name} – ${p.b.name} `, h("span", { class: "soft" }, p.s.toFixed(3)))))));
}
