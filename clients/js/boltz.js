// A client of boltzd for browsers, Node 18 and later, Deno and Bun: one module on fetch alone.
//
//   import { Boltz } from "./boltz.js";
//   const boltz = new Boltz("http://localhost:8080", { key: "…" });
//   const { samples } = await boltz.sample("mnist-rbm", { count: 4, steps: 500, seed: 7 });
//   for await (const frame of boltz.stream("mnist-rbm", { count: 4, every: 10 })) show(frame);
//
// Every call takes `signal` among its options; aborting it ends the work on the server too.

/** A refused or failed call: `status`, `code` (for programs), `message` (for people), `retryAfter` in seconds. */
export class BoltzError extends Error {
  constructor(message, { status = 0, code = "", requestId = "", retryAfter = 0, cause } = {}) {
    super(message, { cause });
    this.name = "BoltzError";
    Object.assign(this, { status, code, requestId, retryAfter });
  }
}

/** JSON text of a request. Typed arrays become arrays; NaN becomes null (missing); an infinity is refused. */
export function bodyText(value) {
  const text = JSON.stringify(value, function (key, v) {
    if (typeof v === "number" && !Number.isFinite(v) && !Number.isNaN(v))
      throw new TypeError(`${key}: expected a finite number, found ${v}`);
    if (v instanceof Map || v instanceof Set)
      throw new TypeError(`${key}: expected a plain object or an array, found a ${v.constructor.name}`);
    return ArrayBuffer.isView(v) ? Array.from(v) : v;
  });
  return text ?? "{}";
}

const READERS = {
  b1: [Uint8Array, 1], u1: [Uint8Array, 1], i1: [Int8Array, 1], u2: [Uint16Array, 2], i2: [Int16Array, 2], u4: [Uint32Array, 4],
  i4: [Int32Array, 4], f4: [Float32Array, 4], f8: [Float64Array, 8], i8: [BigInt64Array, 8], u8: [BigUint64Array, 8],
};

/** Reads a NumPy array (C order, little-endian): { shape, data }. */
export function decodeNpy(buffer) {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < 10 || String.fromCharCode(...bytes.subarray(1, 6)) !== "NUMPY")
    throw new BoltzError("this is not a .npy file");
  const view = new DataView(buffer), wide = bytes[6] > 1;
  const start = wide ? 12 : 10, length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const head = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const type = /'descr':\s*'([<>|=])(\w+)'/.exec(head), order = /'fortran_order':\s*True/.test(head);
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(head)?.[1] ?? "").split(",").map(s => s.trim()).filter(Boolean).map(Number);
  const reader = type && READERS[type[2]];
  if (!reader || type[1] === ">" || order)
    throw new BoltzError(`.npy: expected a little-endian array in C order, found ${head.trim()}`);
  const [Kind, size] = reader, n = shape.reduce((a, b) => a * b, 1), at = start + length;
  if (bytes.length < at + n * size)
    throw new BoltzError(`.npy: expected ${n * size} bytes of data, found ${bytes.length - at}`);
  return { shape, data: new Kind(buffer.slice(at, at + n * size)) };
}

/** A Float32Array as a NumPy array of this shape. */
export function encodeNpy(data, shape) {
  const list = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  let head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${list}), }`;
  head = head.padEnd(Math.ceil((head.length + 11) / 64) * 64 - 11) + "\n";
  const out = new Uint8Array(10 + head.length + 4 * data.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, head.length & 255, head.length >> 8]);
  out.set(new TextEncoder().encode(head), 10);
  out.set(new Uint8Array(Float32Array.from(data).buffer), 10 + head.length);
  return out;
}

/** The bits of a row sent with `encoding: "bits"`, `size` of them, as a Uint8Array of 0 and 1. */
export function unpackBits(base64, size, out = new Uint8Array(size), offset = 0) {
  const packed = atob(base64);
  for (let i = 0; i < size; i++)
    out[offset + i] = packed.charCodeAt(i >> 3) >> (7 - (i & 7)) & 1;
  return out;
}

/** Lines of a byte stream, without their newlines. Leaving the loop cancels the stream. */
async function* linesOf(stream) {
  const reader = stream.getReader(), decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split("\n");
      rest = done ? "" : lines.pop();
      yield* lines;
      if (done)
        return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

const pause = (seconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, 1000 * seconds);
  signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
});

export class Boltz {
  /**
   * base: the server, "" = where this page came from. key: an API key. retries: how often a 503 with Retry-After is
   * retried. onCall: called before every request with { method, path, query, body }.
   */
  constructor(base = "", { key = "", retries = 2, fetch = globalThis.fetch.bind(globalThis), onCall = () => {} } = {}) {
    this.base = base === "" || base.endsWith("/") ? base : base + "/";
    Object.assign(this, { key, retries, fetch, onCall });
  }

  /** One request: returns the Response of a success, throws a BoltzError otherwise. */
  async call(method, path, { query = {}, body, signal, accept, type = "application/json" } = {}) {
    const headers = {}, text = body === undefined ? undefined : typeof body === "object" && !isBytes(body) ? bodyText(body) : body;
    if (text !== undefined)
      headers["Content-Type"] = type;
    if (accept)
      headers.Accept = accept;
    if (this.key)
      headers.Authorization = `Bearer ${this.key}`;
    const given = Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== "");
    const search = given.length ? "?" + new URLSearchParams(given) : "";
    this.onCall({ method, path, query: Object.fromEntries(given), body });
    for (let left = this.retries; ; left--) {
      let reply;
      try {
        reply = await this.fetch(this.base + path + search, { method, headers, body: text, signal });
      } catch (error) {
        if (signal?.aborted)
          throw signal.reason ?? error;
        throw new BoltzError(`the server does not answer: ${(error.cause ?? error).message}`, { code: "unreachable", cause: error });
      }
      if (reply.ok)
        return reply;
      const fault = await faultOf(reply);
      if (reply.status !== 503 || !fault.retryAfter || left <= 0)
        throw fault;
      await pause(fault.retryAfter, signal);
    }
  }

  async json(method, path, options) {
    return (await this.call(method, path, options)).json();
  }

  /** All models. */
  async models(options) {
    return (await this.json("GET", "v1/models", options)).models;
  }

  /** One model: layers, couplings, training, log_partition. */
  model(name, options = {}) {
    return this.json("GET", place(name, options.version), options);
  }

  /** A parameter tensor, for instance "visible~hidden.weight": { shape, data: Float32Array }. */
  async parameter(name, tensor, options = {}) {
    const path = `${place(name, options.version)}/parameters/${encodeURIComponent(tensor)}`;
    return decodeNpy(await (await this.call("GET", path, { ...options, query: { format: "npy" } })).arrayBuffer());
  }

  /** The JSON reply of any operation. */
  operate(name, operation, body, { version, ...options } = {}) {
    return this.json("POST", `${place(name, version)}/${operation}`, { ...options, body });
  }

  freeEnergy(name, body, options) { return this.operate(name, "free-energy", body, options); }
  energy(name, body, options) { return this.operate(name, "energy", body, options); }
  features(name, body, options) { return this.operate(name, "features", body, options); }
  reconstruct(name, body, options) { return this.operate(name, "reconstruct", body, options); }
  sample(name, body, options) { return this.operate(name, "sample", body, options); }
  classify(name, body, options) { return this.operate(name, "classify", body, options); }
  neighbors(name, body, options) { return this.operate(name, "neighbors", body, options); }

  /** An operation's reply as a PNG. */
  async picture(name, operation, body, { version, query = {}, ...options } = {}) {
    const path = `${place(name, version)}/${operation}`;
    return (await this.call("POST", path, { ...options, body, query: { ...query, format: "png" } })).blob();
  }

  /**
   * Samples as they are drawn: frames { event: "frame", step, samples, energy }, at the end { event: "done", seed, steps,
   * continue }. Leaving the loop, or aborting, stops the chains on the server. A stream that ends before "done" is an error.
   */
  async *stream(name, body = {}, { version, ...options } = {}) {
    const path = `${place(name, version)}/sample`;
    const reply = await this.call("POST", path, { ...options, body, query: { format: "ndjson" } });
    for await (const line of linesOf(reply.body)) {
      if (!line.trim())
        continue;
      const event = JSON.parse(line);
      if (event.event === "error")
        throw new BoltzError(event.error ?? "the stream ended with an error", { status: event.status, code: event.code });
      yield event;
      if (event.event === "done")
        return;
    }
    throw new BoltzError("the stream ended early", { code: "stream_cut" });
  }

  /** True if the server answers and accepts requests. */
  async ready(options) {
    try {
      return (await this.call("GET", "v2/health/ready", options)).ok;
    } catch (error) {
      if (error instanceof BoltzError)
        return false;
      throw error;
    }
  }
}

function isBytes(body) {
  return ArrayBuffer.isView(body) || body instanceof ArrayBuffer || (typeof Blob !== "undefined" && body instanceof Blob);
}

function place(name, version) {
  return `v1/models/${encodeURIComponent(name)}` + (version ? `/versions/${encodeURIComponent(version)}` : "");
}

async function faultOf(reply) {
  const told = { status: reply.status, retryAfter: Number(reply.headers.get("Retry-After")) || 0,
                 code: reply.headers.get("X-Boltz-Error") ?? "", requestId: reply.headers.get("X-Request-Id") ?? "" };
  let message = `${reply.status} ${reply.statusText}`.trim();
  try {
    const body = await reply.json();
    message = body.error ?? body.detail ?? message;
    told.code = body.code ?? told.code;
  } catch { /* not JSON, perhaps a proxy's page: the status must do */ }
  return new BoltzError(message, told);
}
