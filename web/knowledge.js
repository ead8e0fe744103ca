// What several views need of a model, requested once: weights, and what its own samples look like.
import { inputsOf, rowOf, unpackSamples } from "./model.js";
import { unpackBits } from "./boltz.js";
import { times } from "./dom.js";

const kept = new Map();

function once(model, what, make) {
  const key = `${model.digest} ${what}`;
  if (!kept.has(key)) {
    const made = make();
    kept.set(key, made);
    made.catch(() => kept.delete(key));
    if (kept.size > 24)
      kept.delete(kept.keys().next().value);
  }
  return kept.get(key);
}

/** Weights between two layers: Float32Array [n_b * n_a]. */
export function weightsInto(api, model, a, b) {
  return once(model, `weights ${a} ${b}`, async () => {
    const { tensor, flipped } = model.coupling(a, b);
    const { data, shape } = await api.parameter(model.name, tensor);
    if (shape.length !== 2)
      throw new Error(`${tensor} is sparse; sparse couplings are not drawn here`);
    if (flipped)
      return data;
    const n = model.layer(a).size, m = model.layer(b).size, out = new Float32Array(n * m);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < m; j++)
        out[j * n + i] = data[i * m + j];
    return out;
  });
}

const SAMPLES = 256;

/** Samples of the model with their free energies: { x by layer, freeEnergy, rows }. */
export function ownSamples(api, model, counts) {
  return once(model, `samples ${JSON.stringify(counts ?? "")}`, async () => {
    const layers = model.visible, body = { count: SAMPLES, steps: 200, seed: 1, layers: layers.map(l => l.name), counts };
    const reply = await api.sample(model.name, body);
    const x = unpackSamples(reply.samples, layers, SAMPLES, unpackBits);
    const rows = times(SAMPLES, r => Object.fromEntries(layers.map(l => [l.name, rowOf(x, l, r)])));
    const { free_energy: freeEnergy } = await api.freeEnergy(model.name, { inputs: inputsOf(model, rows) });
    return { x, rows, freeEnergy };
  });
}

export function meanActivity(api, model, layer) {
  return once(model, `activity ${layer}`, async () => {
    const { rows } = await ownSamples(api, model, countsOf(model));
    const { features } = await api.features(model.name, { inputs: inputsOf(model, rows), layer });
    const mean = new Float64Array(model.layer(layer).size);
    for (const row of features)
      row.forEach((v, i) => { mean[i] += v / features.length; });
    return { mean, features };
  });
}

/** `counts` of a request that draws: a layer's sum in the row, else `words`, else as in training. */
export function countsOf(model, row, words) {
  const layers = model.visible.filter(l => l.unit === "multinomial");
  if (!layers.length)
    return undefined;
  return Object.fromEntries(layers.map(l => {
    const sum = row?.[l.name]?.reduce((a, v) => a + (v > 0 ? v : 0), 0);
    return [l.name, Math.round(sum) || words || l.counts || 20];
  }));
}

/** One of them, as { layer: values }. */
export async function anyOwn(api, model, counts) {
  const { rows } = await ownSamples(api, model, counts);
  return rows[Math.floor(Math.random() * rows.length)];
}

/** Share of values that are at most v. */
export const shareBelow = (values, v) => values.reduce((n, x) => n + (x <= v ? 1 : 0), 0) / values.length;
