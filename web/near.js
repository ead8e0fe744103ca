// Similar rows by hidden representation, from a file or the model's index.
import { h } from "./dom.js";
import { inputsOf } from "./model.js";

const BATCH = 250, MOST = 3000;
const norm = v => Math.sqrt(v.reduce((a, b) => a + b * b, 0)) || 1;

/** Features of up to 3000 rows, requested once. */
export class Nearby {
  constructor(api, model, rows) {
    Object.assign(this, { api, model, features: new Map() });
    this.rows = rows.filter(r => model.inputs.some(l => r.units[l.name].some(v => !Number.isNaN(v)))).slice(0, MOST);
  }

  async of(units) {
    const { features } = await this.api.features(this.model.name, { inputs: inputsOf(this.model, units) });
    return features.map(f => Float32Array.from(f));
  }

  async load() {
    for (let at = this.features.size; at < this.rows.length; at += BATCH) {
      const part = this.rows.slice(at, at + BATCH), found = await this.of(part.map(r => r.units));
      part.forEach((r, i) => this.features.set(r, found[i]));
    }
  }

  /** The k rows nearest to a row's units: [{ row, cosine }]. */
  async nearest(units, k, without) {
    await this.load();
    const [x] = await this.of([units]), nx = norm(x);
    return this.rows.filter(r => r !== without).map(row => {
      const y = this.features.get(row);
      return { row, cosine: y.reduce((a, v, i) => a + v * x[i], 0) / nx / norm(y) };
    }).sort((a, b) => b.cosine - a.cosine).slice(0, k);
  }
}

/** The k nearest rows of the model's index, as a list; empty without one. */
export async function indexed(api, model, units, k) {
  const { indices, ids, distances } = model.index ? await api.neighbors(model.name, { inputs: inputsOf(model, [units]), k }) : {};
  return indices ? [h("h3", {}, `Nearest of the ${model.index.rows} indexed rows`), h("ol", {}, indices[0].map((row, i) => h("li", {}, `${ids?.[0][i] ?? `row ${row + 1}`}: ${distances[0][i].toFixed(3)}`)))] : [];
}
