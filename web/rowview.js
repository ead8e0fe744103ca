// One row as the machine sees it: means and probabilities.
import { alphabetOf, argmax, columnsOf } from "./columns.js";
import { fmt, h, meters, percent, times } from "./dom.js";
import { isBits, kindOf } from "./model.js";
import { picture, scaleFor } from "./paint.js";

function lettersView(layer, x) {
  const letters = alphabetOf(layer), width = letters.length;
  return h("p", { class: "letters" }, times(layer.size / width, g => {
    const best = argmax(x, g * width, width), p = x[g * width + best];
    const span = h("span", { title: `position ${g + 1}: ${letters.map((l, k) => `${l} ${percent(x[g * width + k])}`).join(", ")}` }, letters[best]);
    span.style.opacity = String(0.35 + 0.65 * p);
    return span;
  }));
}

/** Means of a layer; `given` (NaN = unknown) tells which were filled in. */
export function layerView(model, layer, x, { given, pixels = 140, range, top = 6 } = {}) {
  const kind = kindOf(layer);
  if (kind === "picture")
    return picture(layer, x, { scale: scaleFor(layer, pixels), range, label: `${layer.name} as the machine expects it` });
  if (kind === "letters")
    return lettersView(layer, x);
  if (kind === "category") {
    const names = columnsOf(model, [layer])[0].categories;
    const items = names.map((name, i) => ({ name, value: x[i] })).sort((a, b) => b.value - a.value).slice(0, top);
    return meters(items, `Probabilities of ${layer.name}`);
  }
  const most = Math.max(1e-9, ...x);
  if (kind === "words" || (isBits(layer) && layer.size > 1)) {
    const items = Array.from(x, (value, i) => ({ name: model.unitName(layer, i), value: kind === "words" ? value / most : value, text: kind === "words" ? fmt(value, 3) : percent(value), order: value }));
    return meters(items.sort((a, b) => b.order - a.order).slice(0, kind === "words" ? 10 : 20), `Expected ${layer.name}`);
  }
  return h("table", {}, h("tbody", {}, columnsOf(model, [layer]).map(c => h("tr", {}, h("th", { scope: "row" }, c.name),
    h("td", { class: given && Number.isNaN(given[c.from]) ? "number filled" : "number" }, c.text(x))))));
}
