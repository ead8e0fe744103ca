// Chains, one request after another, each continuing from the token of the last, so that pausing and stepping give the bytes of
// one long run. Where something changes on the way - temperature, what is held - the next request starts from the states shown,
// with a seed of its own.
import { unpackBits } from "./boltz.js";
import { times } from "./dom.js";
import { isBinary, rowOf, unpackSamples } from "./model.js";

const MOST_SEED = 2 ** 53 - 1;

export class Chains {
  /** set: { count, seed, temperature, type, clamp, counts, init }; layers: those that frames hold. */
  constructor(api, model, set, layers) {
    Object.assign(this, { api, model, set, layers });
    this.restart();
  }

  /** Starts over, from init or from noise. */
  restart(changes = {}) {
    Object.assign(this.set, changes);
    this.token = null;
    this.base = 0;
    this.step = 0;
    this.pieces = 0;
    this.frame = null;
    this.changed = false;
    this.turn = (this.turn ?? 0) + 1;
    this.grey = false; /* chains hold, or began with, values that are no bits */
  }

  /** New settings for the steps to come. */
  async change(changes) {
    const same = Object.entries(changes).every(([k, v]) => JSON.stringify(v) === JSON.stringify(this.set[k]));
    Object.assign(this.set, changes);
    if (!same && this.token)
      this.changed = true;
  }

  /** The request that gives the present states in one go. */
  get request() {
    const { count, seed, temperature, type, clamp, counts, init } = this.set;
    const body = { count, steps: this.step, seed };
    if (temperature !== 1) body.temperature = temperature;
    if (type !== "state") body.type = type;
    if (clamp) body.clamp = clamp;
    if (counts) body.counts = counts;
    if (init) body.init = init;
    return body;
  }

  async send(body, signal, layers = this.layers, { type } = this.set) {
    if (type !== "state")
      body.type = type;
    else if (layers.every(isBinary) && !this.grey)
      body.encoding = "bits";
    const reply = await this.api.sample(this.model.name, { ...body, layers: layers.map(l => l.name) }, { signal });
    return { reply, x: unpackSamples(reply.samples, layers, this.set.count, unpackBits) };
  }

  /** Starts from states of its own: x by layer, [count * size] each. */
  async begin(steps, changed, signal) {
    const { count, seed, temperature, clamp, counts, init } = this.set;
    const body = { count, steps, seed: (seed + 7919 * this.pieces) % MOST_SEED, temperature, clamp, counts, init };
    this.grey ||= !numbersOf([clamp, init]).every(v => v === 0 || v === 1);
    if (changed) {
      const { x } = await this.send({ continue: this.token, steps: 0 }, signal, this.model.layers, { type: "state" });
      this.pieces++;
      this.base = this.step;
      body.seed = (seed + 7919 * this.pieces) % MOST_SEED;
      body.init = {};
      for (const layer of this.model.layers)
        body.init[layer.name] = times(count, r => Array.from(rowOf(x, layer, r)));
    }
    return this.send(body, signal);
  }

  /** Advances by some steps: { step, x: { layer: [count * size] }, energy }. */
  async advance(steps, signal) {
    const { turn, changed } = this, fresh = !this.token || changed;
    this.changed = false; /* later changes are for the next request */
    let made;
    try {
      made = fresh ? await this.begin(steps, changed, signal) : await this.send({ continue: this.token, steps }, signal);
    } catch (error) {
      this.changed ||= changed;
      throw error;
    }
    if (turn !== this.turn) /* restarted in the meantime */
      return this.advance(steps, signal);
    const { reply, x } = made;
    this.token = reply.continue;
    this.step = this.base + reply.steps;
    this.frame = { step: this.step, x, energy: reply.energy };
    return this.frame;
  }
}

function numbersOf(x) {
  return typeof x === "number" ? [x] : x && typeof x === "object" ? Object.values(x).flatMap(numbersOf) : [];
}

/** Runs f again and again, at most `rate` times a second, until stopped; one call at a time. */
export class Loop {
  constructor(rate, f, failed) {
    Object.assign(this, { rate, f, failed, running: false, times: [] });
  }

  start() {
    if (this.running)
      return;
    this.running = true;
    this.abort = new AbortController();
    this.run(this.abort.signal);
  }

  stop() {
    this.running = false;
    this.times = [];
    this.abort?.abort();
  }

  /** Recent frames per second. */
  get speed() {
    const t = this.times;
    return t.length > 1 ? 1000 * (t.length - 1) / (t[t.length - 1] - t[0]) : 0;
  }

  async run(signal) {
    while (this.running && !signal.aborted) {
      const begun = performance.now();
      try {
        await this.f(signal);
      } catch (error) {
        if (signal.aborted)
          return;
        this.running = false;
        this.failed(error);
        return;
      }
      this.times.push(performance.now());
      if (this.times.length > 20)
        this.times.shift();
      const left = 1000 / this.rate - (performance.now() - begun);
      await new Promise(resolve => (left > 4 ? setTimeout(resolve, left - 2) : requestAnimationFrame(resolve)));
    }
  }
}

/** What is held, for the address: layer.mask.values, as bits or numbers. */
export function packHold(clamp) {
  if (!clamp)
    return "";
  return Object.entries(clamp).map(([name, { values, mask }]) => {
    const known = values.filter((_, i) => mask[i]), bits = known.every(v => v === 0 || v === 1);
    return [name, packBits(mask), bits ? packBits(known) : "n" + known.map(v => +v.toFixed(5)).join("_")].join(".");
  }).join("~");
}

export function unpackHold(text, model) {
  const clamp = {};
  for (const part of text.split("~").filter(Boolean)) {
    const [name, maskText, ...rest] = part.split("."), layer = model.layer(name);
    if (!layer)
      continue;
    const mask = Array.from(unpackBits(fromUrl(maskText), layer.size)), n = mask.reduce((a, b) => a + b, 0), valuesText = rest.join(".");
    const known = valuesText.startsWith("n") ? valuesText.slice(1).split("_").map(Number) : Array.from(unpackBits(fromUrl(valuesText), n));
    let at = 0;
    clamp[name] = { values: mask.map(m => (m ? known[at++] : 0)), mask };
    fillGroups(layer, clamp[name]);
  }
  return Object.keys(clamp).length ? clamp : null;
}

/** Writes what an address held into a row by layer; what it did not hold becomes unknown. */
export function fillRow(row, held) {
  for (const [name, { values, mask }] of Object.entries(held ?? {}))
    values.forEach((v, i) => { if (row[name]) row[name][i] = mask[i] ? v : NaN; });
}

/** One unit of each softmax group that is not held is on, too. */
function fillGroups(layer, { values, mask }) {
  if (layer.unit === "spin")
    mask.forEach((m, i) => { if (!m) values[i] = -1; });
  const width = layer.unit === "softmax" ? layer.size / (layer.groups ?? 1) : 0;
  for (let g = 0; width && g < layer.size; g += width)
    if (!mask[g])
      values[g] = 1;
}

function packBits(bits) {
  let text = "";
  for (let i = 0; i < bits.length; i += 8) {
    let byte = 0;
    for (let k = 0; k < 8; k++)
      byte = byte << 1 | (bits[i + k] ? 1 : 0);
    text += String.fromCharCode(byte);
  }
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const fromUrl = text => text.replaceAll("-", "+").replaceAll("_", "/");
