// What /openapi.json says of replies, as a check of them; and numbers that are random but the same for one seed.
import Ajv2020 from 'ajv/dist/2020.js';

/** Numbers of xorshift64* from a seed. */
export function randomness(seed) {
  let state = BigInt(seed) * 2685821657736338717n | 1n;
  const random = () => {
    state ^= state >> 12n; state = (state ^ (state << 25n)) & 0xffffffffffffffffn; state ^= state >> 27n;
    return Number((state * 2685821657736338717n & 0xffffffffffffffffn) >> 11n) / 2 ** 53;
  };
  const below = (n) => Math.floor(random() * n);
  return { random, below, pick: (list) => list[below(list.length)], chance: (p) => random() < p };
}

/** The description, the models that are served, and fault(operation, reply): a sentence where a reply is not one of its own. */
export async function described(base) {
  const api = await (await fetch(`${base}/openapi.json`)).json();
  const models = (await (await fetch(`${base}/v1/models`)).json()).models;
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false });
  ajv.addSchema(api, 'api');
  const validators = new Map();
  const resolve = (s) => s.$ref ? s.$ref.split('/').slice(1).reduce((at, key) => at[key], api) : s;
  const valid = (schema, value) => {
    const key = JSON.stringify(schema);
    if (!validators.has(key))
      validators.set(key, ajv.compile(JSON.parse(key.replaceAll('"#/components', '"api#/components'))));
    const check = validators.get(key);
    return check(value) ? null : ajv.errorsText(check.errors).slice(0, 300);
  };
  const fault = (operation, reply) => {
    const { status, type, bytes } = reply, responses = operation.responses;
    const row = responses[status] ?? responses[`${String(status)[0]}XX`];
    const contents = row && resolve(row).content;
    if (!row) return 'status is not described';
    if (status >= 500 && ![503, 504].includes(status)) return 'server error';
    if (contents && !contents[type]) return `type ${type} is not described`;
    if (!contents && bytes.length) return 'a body is not described';
    if (!type.endsWith('json') || type.endsWith('ndjson') || !bytes.length)
      return status >= 400 ? 'an error that is no JSON' : null;
    try { reply.object = JSON.parse(bytes.toString()); } catch (error) { return String(error); }
    return valid(contents[type].schema, reply.object) ??
      (status >= 400 && reply.error !== reply.object.code ? 'X-Boltz-Error is not the code' : null);
  };
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));
  return { api, models, operations, resolve, fault };
}

/** A request that has to be answered within half a minute. */
export async function ask(url, init = {}) {
  const reply = await fetch(url, { ...init, signal: AbortSignal.timeout(30000) });
  return {
    status: reply.status, type: (reply.headers.get('content-type') ?? '').split(';')[0], error: reply.headers.get('x-boltz-error'),
    bytes: Buffer.from(await reply.arrayBuffer()),
  };
}

/** A row in the domain of a layer's units. */
export function rowOf(layer, { random, below, pick }) {
  const x = Array.from({ length: layer.size }, () =>
    layer.unit === 'gaussian' ? random() * 4 - 2 : layer.unit === 'spin' ? pick([-1, 1]) : below(2));
  if (layer.unit === 'softmax') {
    const width = layer.size / (layer.groups ?? 1);
    for (let g = 0; g < layer.size; g += width) { x.fill(0, g, g + width); x[g + below(width)] = 1; }
  }
  return x;
}
