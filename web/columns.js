// A model's visible units as table columns: units to the text of a cell, and back.
import { fmt, times } from "./dom.js";
import { isBits, kindOf } from "./model.js";

/** Largest entry of x[from .. from+n). */
export function argmax(x, from, n) {
  let best = from;
  for (let i = from; i < from + n; i++)
    if (x[i] > x[best])
      best = i;
  return best - from;
}

/** Letters of a sequence layer: the initials of its categories, else a usual alphabet. */
export function alphabetOf(layer) {
  const width = layer.size / (layer.groups ?? 1), names = layer.categories;
  const usual = width <= 4 ? "ACGU" : width <= 21 ? "-ACDEFGHIKLMNPQRSTVWY" : "abcdefghijklmnopqrstuvwxyz0123456789";
  return times(width, i => (names?.length >= width ? names[i % names.length] : usual[i] ?? "?").slice(0, 1) || "_");
}

export function lettersOf(layer, x, at = 0) {
  const letters = alphabetOf(layer), width = letters.length;
  let text = "";
  for (let g = 0; g < layer.size; g += width)
    text += Number.isNaN(x[at + g]) ? "·" : letters[argmax(x, at + g, width)];
  return text;
}

/** The words of a row, the most frequent first: [{ name, value }]. */
export function wordsOf(model, layer, x, at = 0, top = 8) {
  const found = [];
  for (let i = 0; i < layer.size; i++)
    if (x[at + i] > 0)
      found.push({ name: model.unitName(layer, i), value: x[at + i], unit: i });
  return found.sort((a, b) => b.value - a.value).slice(0, top);
}

/** A number for a column, so that decimal points align. */
const fixed = v => (Number.isNaN(v) ? "–" : Math.abs(v) < 0.01 && v !== 0 ? fmt(v, 2) : v.toFixed(Math.abs(v) >= 10000 ? 0 : 2).replace("-", "−"));

/** The number that a text is, else NaN; comma: it stands for the point. */
const numberOf = (text, comma) => {
  const plain = comma ? text.replace(",", ".") : text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
};

/** A float in the digits that it takes. */
const short = x => [6, 7, 8].map(digits => Number(x.toPrecision(digits))).find(v => Math.fround(v) === x) ?? x;

function numberColumn(model, layer, unit) {
  const column = model.column(layer, unit), scale = column?.scale ?? 1, binary = isBits(layer);
  return {
    name: model.unitName(layer, unit), layer, from: unit, size: 1, kind: binary ? "boolean" : "number",
    text: (x, at = 0) => (binary && (x[at + unit] === 0 || x[at + unit] === 1) ? String(x[at + unit]) : fixed(x[at + unit] * scale)),
    value: (x, at = 0) => short(x[at + unit]) * scale,
    put(x, text, comma = true) {
      const word = text.trim().toLowerCase();
      const truth = { true: 1, yes: 1, t: 1, y: 1, on: 1, false: layer.unit === "spin" ? -1 : 0, no: 0, f: 0, n: 0, off: 0 }[word];
      const v = binary && truth !== undefined ? truth : numberOf(word, comma);
      if (!Number.isFinite(v))
        return `expected a number, found '${text}'`;
      x[unit] = v / scale;
      return null;
    },
  };
}

function categoryColumn(model, layer) {
  const names = layer.categories?.length ? layer.categories : times(layer.size, i => String(i));
  return {
    name: layer.name, layer, from: 0, size: layer.size, kind: "category", categories: names,
    text: (x, at = 0) => (Number.isNaN(x[at]) ? "–" : names[argmax(x, at, layer.size)]),
    value: (x, at = 0) => names[argmax(x, at, layer.size)],
    put(x, text) {
      const i = names.indexOf(text.trim()), code = t => (/^[+-]?0\d/.test(t) ? NaN : numberOf(t)), n = i >= 0 ? i : names.findIndex(c => code(c) === code(text.trim()));
      if (n < 0)
        return `no category '${text}', expected one of ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""}`;
      x.fill(0);
      x[n] = 1;
      return null;
    },
  };
}

function lettersColumn(layer) {
  const letters = alphabetOf(layer), width = letters.length, n = layer.size / width;
  return {
    name: layer.name, layer, from: 0, size: layer.size, kind: "letters", length: n,
    text: (x, at = 0) => lettersOf(layer, x, at), value: (x, at = 0) => lettersOf(layer, x, at),
    put(x, text) {
      if ([...text].length !== n)
        return `expected ${n} letters, found ${[...text].length}`;
      for (const [g, letter] of [...text].entries()) {
        const i = letters.findIndex(l => l.toLowerCase() === letter.toLowerCase());
        if (i < 0 && letter !== "·" && letter !== "?")
          return `letter ${g + 1}: found '${letter}', expected one of ${letters.join("")}`;
        for (let k = 0; k < width; k++)
          x[g * width + k] = i < 0 ? NaN : Number(k === i);
      }
      return null;
    },
  };
}

function wordsColumn(model, layer) {
  const text = (x, at = 0) => wordsOf(model, layer, x, at, 12).map(w => (w.value === 1 ? w.name : `${w.name}×${fmt(w.value, 2)}`)).join(" ");
  return {
    name: layer.name, layer, from: 0, size: layer.size, kind: "words", text, value: text,
    put(x, words) {
      x.fill(0);
      for (const word of words.split(/[\s,;]+/).filter(Boolean)) {
        const [, name, times] = /^(.*?)(?:[×x*:](\d+))?$/.exec(word);
        const i = layer.categories?.indexOf(name) ?? -1, unit = i >= 0 ? i : /^\d+$/.test(name) ? Number(name) : -1;
        if (unit < 0 || unit >= layer.size)
          return `no word '${name}'`;
        x[unit] += Number(times ?? 1);
      }
      return null;
    },
  };
}

/** Columns of some layers, in the order of the training table if known; pictures have none. */
export function columnsOf(model, layers = model.visible) {
  const place = c => model.column(c.layer, c.from)?.place ?? Infinity;
  return layers.flatMap(layer => {
    const kind = kindOf(layer);
    return kind === "category" ? [categoryColumn(model, layer)] : kind === "letters" ? [lettersColumn(layer)] : kind === "words" ? [wordsColumn(model, layer)]
      : kind === "numbers" ? times(layer.size, i => numberColumn(model, layer, i)) : [];
  }).sort((a, b) => place(a) - place(b) || 0);
}
