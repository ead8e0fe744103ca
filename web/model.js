// What a model's layers are to people: pictures, letters, words, categories, numbers.
import { fmt, percent, times } from "./dom.js";

/** How a layer is shown; its description alone decides. */
export function kindOf(layer) {
  if (layer.role === "hidden")
    return "units";
  if (layer.unit === "multinomial")
    return "words";
  if (layer.unit === "softmax" && (layer.groups ?? 1) > 1)
    return "letters";
  if (layer.unit === "softmax" || layer.role === "label")
    return "category";
  const [rows, columns] = layer.shape ?? [];
  if (rows > 1 && columns > 1)
    return "picture";
  return layer.size > 64 ? "picture" : "numbers";
}

/** Rows and columns of a layer as a picture: its shape, else a near-square grid of its units. */
export function pictureSize(layer) {
  const [height, width, channels = 1] = layer.shape ?? [];
  if (height > 1 && width > 1 && layer.shape.length <= 3 && (channels === 1 || channels === 3))
    return { height, width, channels, real: true };
  const columns = Math.ceil(Math.sqrt(layer.size));
  return { height: Math.ceil(layer.size / columns), width: columns, channels: 1, real: false };
}

export const isBits = layer => layer.unit === "bernoulli" || layer.unit === "exclusive";
export const isBinary = layer => isBits(layer) || layer.unit === "softmax";
/** How active a unit is: how often on, or its mean. */
export const level = (layer, v) => (isBinary(layer) ? percent(v) : fmt(v, 2));

export class Model {
  constructor(raw) {
    Object.assign(this, raw);
    this.raw = raw;
    this.visible = raw.layers.filter(l => l.role !== "hidden");
    this.hidden = raw.layers.filter(l => l.role === "hidden");
    this.inputs = raw.layers.filter(l => l.role === "visible");
    this.picture = this.inputs.find(l => kindOf(l) === "picture");
    this.label = raw.layers.find(l => l.role === "label");
    this.byName = new Map(raw.layers.map(l => [l.name, l]));
    this.columnNames = new Map();
    (raw.table?.columns ?? []).forEach((column, place) => this.columnNames.set(`${column.layer} ${column.unit}`, { ...column, place }));
  }

  layer(name) {
    return this.byName.get(name);
  }

  /** tiles, letters, words or table: how many rows of the model are shown together. */
  get display() {
    const kinds = this.inputs.map(kindOf);
    return kinds.includes("picture") ? "tiles" : kinds.includes("letters") ? "letters" : kinds.includes("words") ? "words" : "table";
  }

  /** The column of the training table at a unit, if the model names it. */
  column(layer, unit) {
    return this.columnNames.get(`${layer.name} ${unit}`);
  }

  unitName(layer, unit) {
    const column = this.column(layer, unit);
    if (column?.name && layer.unit !== "softmax")
      return column.name;
    return layer.categories?.[unit % layer.categories.length] ?? (layer.size === 1 ? layer.name : `${layer.name} ${unit}`);
  }

  /** The tensor between two layers, and whether its rows are the second's; undefined if they are not coupled. */
  coupling(a, b) {
    for (const [x, y] of this.couplings) {
      if (x === a && y === b)
        return { tensor: `${x}~${y}.weight`, flipped: false };
      if (x === b && y === a)
        return { tensor: `${x}~${y}.weight`, flipped: true };
    }
    return undefined;
  }

  neighbours(name) {
    const found = this.couplings.filter(c => c.includes(name)).map(([a, b]) => (a === name ? b : a));
    return found.filter(n => n !== name).map(n => this.layer(n));
  }

  /** Couplings between a layer and the data: 0 for visible ones. */
  depth(name) {
    const depth = new Map(this.visible.map(l => [l.name, 0]));
    const queue = this.visible.map(l => l.name);
    while (queue.length) {
      const at = queue.shift();
      for (const n of this.neighbours(at))
        if (!depth.has(n.name)) {
          depth.set(n.name, depth.get(at) + 1);
          queue.push(n.name);
        }
    }
    return depth.get(name) ?? 0;
  }
}

/** Rows of a sample reply by layer, each [count * size], packed or not. */
export function unpackSamples(samples, layers, count, unpack) {
  const out = {};
  for (const layer of layers) {
    const rows = Array.isArray(samples) ? samples : samples[layer.name];
    const packed = typeof rows[0] === "string";
    const x = packed ? new Uint8Array(count * layer.size) : new Float32Array(count * layer.size);
    for (let r = 0; r < count; r++)
      if (packed)
        unpack(rows[r], layer.size, x, r * layer.size);
      else
        x.set(rows[r], r * layer.size);
    out[layer.name] = x;
  }
  return out;
}

export const rowOf = (x, layer, r) => x[layer.name].slice(r * layer.size, (r + 1) * layer.size);

/** Rows by layer (NaN = unknown) as the `inputs` of a request, without wholly unknown layers. */
export function inputsOf(model, rows, { labels = false } = {}) {
  const inputs = {};
  for (const layer of labels ? model.visible : model.inputs) {
    const known = rows.some(row => row[layer.name]?.some(v => !Number.isNaN(v)));
    if (known)
      inputs[layer.name] = rows.map(row => Array.from(row[layer.name] ?? new Float32Array(layer.size).fill(NaN)));
  }
  return inputs;
}

/** Rows of a reply as { layer: rows }. */
export function byLayer(model, value) {
  return Array.isArray(value) ? { [(model.inputs.length === 1 ? model.inputs : model.visible)[0].name]: value } : value;
}

/** What an editor starts from: all unknown, or low values (softmax: the first of each group on). */
export function blank(layer, unknown = true) {
  const x = new Float32Array(layer.size).fill(unknown ? NaN : layer.unit === "spin" ? -1 : 0);
  if (!unknown && layer.unit === "softmax")
    for (let g = 0; g < layer.size; g += layer.size / (layer.groups ?? 1))
      x[g] = 1;
  return x;
}

/** Halves of a picture: is (u, v) inside, of a width w and height t? */
export const HALVES = {
  upper: (u, v, w, t) => v < t / 2, lower: (u, v, w, t) => v >= t / 2, left: (u, v, w) => u < w / 2, right: (u, v, w) => u >= w / 2,
};

/** For each unit of a picture layer, 1 if it is in the half, else 0. */
export function halfOf(layer, half) {
  const { width, height, channels } = pictureSize(layer);
  return times(layer.size, i => {
    const p = Math.floor(i / channels);
    return Number(HALVES[half](p % width, Math.floor(p / width), width, height));
  });
}
