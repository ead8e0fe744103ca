// A machine of three visible and three hidden units, whose 64 states are all known.
import { times } from "./dom.js";

export const UNITS = 3, STATES = 64; /* state s: visible units are its low three bits, hidden ones the high three */
export const bit = (s, i) => s >> i & 1;

export const PRESETS = {
  "independent units": { W: [0, 0, 0, 0, 0, 0, 0, 0, 0], b: [1, 0, -1], c: [0, 0, 0] },
  "pairs that agree": { W: [4, 0, 0, 0, 4, 0, 0, 0, 4], b: [-2, -2, -2], c: [-2, -2, -2] },
  "all or nothing": { W: [3, 3, 3, 3, 3, 3, 3, 3, 3], b: [-4.5, -4.5, -4.5], c: [-4.5, -4.5, -4.5] },
  "exactly one": { W: [5, -5, -5, -5, 5, -5, -5, -5, 5], b: [0, 0, 0], c: [-2, -2, -2] },
};

export class Tiny {
  constructor(preset = "exactly one") {
    this.T = 1;
    this.set(PRESETS[preset]);
    this.state = 0;
  }

  set({ W, b, c }) {
    Object.assign(this, { W: [...W], b: [...b], c: [...c] });
    this.reset();
  }

  reset() {
    this.counts = new Float64Array(STATES);
    this.steps = 0;
  }

  /** E = - sum b v - sum c h - sum v W h */
  energy(s) {
    let e = 0;
    for (let i = 0; i < UNITS; i++) {
      e -= this.b[i] * bit(s, i) + this.c[i] * bit(s, UNITS + i);
      for (let j = 0; j < UNITS; j++)
        e -= this.W[i * UNITS + j] * bit(s, i) * bit(s, UNITS + j);
    }
    return e;
  }

  /** Exact: { p[64], logZ } of exp(-E/T) / Z. */
  exact() {
    const minus = times(STATES, s => -this.energy(s) / this.T), most = Math.max(...minus);
    const sum = minus.reduce((a, m) => a + Math.exp(m - most), 0), logZ = most + Math.log(sum);
    return { p: minus.map(m => Math.exp(m - logZ)), logZ };
  }

  /** -log sum_h exp(-E(v,h)) at temperature 1. */
  freeEnergy(v) {
    let f = 0;
    for (let i = 0; i < UNITS; i++)
      f -= this.b[i] * bit(v, i);
    for (let j = 0; j < UNITS; j++) {
      const field = this.field(v, j, true);
      f -= field > 0 ? field + Math.log1p(Math.exp(-field)) : Math.log1p(Math.exp(field));
    }
    return f;
  }

  /** The input of a unit: a hidden one's from the visible units of a state, or the reverse. */
  field(s, k, hidden) {
    let f = hidden ? this.c[k] : this.b[k];
    for (let i = 0; i < UNITS; i++)
      f += hidden ? this.W[i * UNITS + k] * bit(s, i) : this.W[k * UNITS + i] * bit(s, UNITS + i);
    return f;
  }

  /** One step: hidden units given the visible ones, then the reverse. */
  step() {
    for (const hidden of [true, false])
      for (let k = 0; k < UNITS; k++) {
        const on = Math.random() < 1 / (1 + Math.exp(-this.field(this.state, k, hidden) / this.T)), at = hidden ? UNITS + k : k;
        this.state = on ? this.state | 1 << at : this.state & ~(1 << at);
      }
    this.counts[this.state]++;
    this.steps++;
  }
}
