// Random requests made from /openapi.json, valid ones and others: every reply must be one that the description has, by status,
// type and schema; none may be a 5XX but 503 and 504, and every operation must have been answered both ways.
//   node fuzz_openapi.mjs BASE [requests] [seed]
import { ask, described, randomness, rowOf } from './described.mjs';

const [base, count = '1500', start = '1'] = process.argv.slice(2);
const dice = randomness(start), { below, pick, chance } = dice;
const { models, operations: all, resolve, fault: faultOf } = await described(base);

const words = ['visible', 'hidden', 'label', 'json', 'state', 'mean', '1', '', 'ü', 'a b', 'null', '-1', '1e3', '0.5', 'x'.repeat(300)];
const numbers = [0, 1, 0.5, -1, 2, 3, 1e-3, 255, 1e300, -0, 4, 100];

/** A value for a schema; sometimes one that does not fit. */
function make(schema, depth = 0) {
  const s = resolve(schema);
  if (chance(0.03)) return pick([null, true, 'NaN', [], {}, -1, 1e300, [[]], { visible: [[1, null]] }]);
  if (s.anyOf) return make(pick(s.anyOf), depth);
  if (s.enum) return pick(s.enum);
  const type = Array.isArray(s.type) ? pick(s.type) : s.type;
  if (type === 'integer') {
    const low = s.minimum ?? -3, high = Math.min(s.maximum ?? 40, low + 40);
    return chance(0.9) ? low + below(high - low + 1) : pick(numbers);
  }
  if (type === 'number') return pick(numbers);
  if (type === 'boolean') return chance(0.5);
  if (type === 'null') return null;
  if (type === 'string') return pick(words);
  if (type === 'array') return depth > 3 ? [] : Array.from({ length: s.minItems ?? below(4) }, () => make(s.items ?? {}, depth + 1));
  if (type === 'object') {
    const o = {};
    for (const [key, value] of Object.entries(s.properties ?? {}))
      if (s.required?.includes(key) ? chance(0.97) : chance(0.25)) o[key] = make(value, depth + 1);
    if (s.additionalProperties && typeof s.additionalProperties === 'object')
      for (let i = below(3); i > 0; i--) o[pick(words)] = make(s.additionalProperties, depth + 1);
    if (chance(0.03)) o[pick(words)] = 1;
    return o;
  }
  return pick([1, 0, 'x', [1], null]);
}

/** A value in the domain of a layer's units, or nearly. */
function row(layer) {
  const x = rowOf(layer, dice);
  if (chance(0.1)) x[below(x.length)] = null;
  return x;
}

/** What random JSON would seldom hit: rows that fit the model. */
function fitting(name, body) {
  const model = models.find((m) => m.name === name);
  if (!model?.layers.length || chance(0.2)) return body;
  const n = 1 + below(3), rowsOf = (layer) => Array.from({ length: n }, () => row(layer));
  const visible = model.layers.filter((l) => l.role === 'visible');
  const byLayer = (layers) => Object.fromEntries(layers.map((l) => [l.name, rowsOf(l)]));
  delete body.mask; delete body.counts; delete body.continue; delete body.clamp;
  const names = model.layers.map((l) => l.name);
  if (body.layers !== undefined) body.layers = names.filter(() => chance(0.5));
  if (body.layers?.length === 0) delete body.layers;
  if (body.layer !== undefined) body.layer = pick(names);
  if (body.threshold !== undefined && chance(0.9)) delete body.threshold;
  if (body.init !== undefined) body.init = byLayer(visible);
  if (body.steps > 50) body.steps = 5;
  body.inputs = visible.length === 1 && chance(0.7) ? rowsOf(visible[0]) : byLayer(visible);
  body.states = byLayer(model.layers);
  return body;
}

function request(path, method, operation) {
  const labelled = models.filter((m) => path.includes('/classify') && m.layers.some((l) => l.role === 'label'));
  const name = labelled.length && chance(0.6) ? pick(labelled).name : chance(0.95) ? pick(models).name : pick(words);
  const model = models.find((m) => m.name === name);
  const tensors = model?.layers.length ? [`${model.layers[0].name}.bias`, `${model.layers[0].name}~${model.layers.at(-1).name}.weight`] : ['x'];
  const target = path.replace('{model}', encodeURIComponent(name || 'm'))
    .replace('{version}', pick(['1', '1', '1', '2', 'stable', '0']))
    .replace('{tensor}', encodeURIComponent(pick([...tensors, 'x'])));
  const query = new URLSearchParams();
  for (const p of operation.parameters ?? [])
    if (p.in === 'query' && chance(p.name === 'format' ? 0.3 : 0.04)) query.append(p.name, String(make(p.schema)));
  const init = { method, headers: {} };
  const content = operation.requestBody?.content;
  if (content) {
    const type = chance(0.9) ? 'application/json' : pick([...Object.keys(content), 'text/plain', 'image/gif']);
    init.headers['Content-Type'] = type;
    if (type === 'application/json' || type === 'text/plain') {
      const schema = content['application/json'].schema;
      let body = make(schema);
      if (schema.properties && body && typeof body === 'object' && !Array.isArray(body)) {
        body = fitting(name, body);
        for (const key of Object.keys(body)) if (!(key in schema.properties) && chance(0.97)) delete body[key];
        if (schema.properties.clamp && model?.layers.length && chance(0.3))
          body.clamp = { [model.layers[0].name]: { values: row(model.layers[0]) } };
      } else if (schema.$ref?.endsWith('V2Request') && model?.layers.length && chance(0.7)) {
        body = { inputs: model.layers.filter((l) => l.role === 'visible').map((l) => (
          { name: l.name, shape: [1, l.size], datatype: 'FP32', data: row(l) })) };
        if (chance(0.5)) {
          body.outputs = [{ name: pick(['free_energy', 'features', 'samples', 'explain', 'classes', 'x']) }];
          if (chance(0.2)) body.outputs[0].parameters = { classification: pick([1, 2, 3, 0, '2']) };
        }
      }
      init.body = JSON.stringify(body);
    } else {
      init.body = new Uint8Array(Float32Array.from({ length: below(12) }, () => below(2)).buffer);
    }
  }
  if (chance(0.15)) init.headers.Accept = pick(['*/*', 'text/*', 'application/x-npy', 'image/png', 'text/event-stream', 'text/html', 'x']);
  const text = query.toString();
  return [base + target + (text ? `?${text}` : ''), init];
}

const operations = all.map((o) => ({ ...o, seen: new Set(), good: 0 }));
const faults = [];
for (let i = 0; i < Number(count); i++) {
  const at = operations[i % operations.length];
  const [url, init] = request(at.path, at.method, at.operation);
  const reply = await ask(url, init);
  const fault = faultOf(at.operation, reply);
  at.seen.add(Math.floor(reply.status / 100));
  at.good += reply.status === 200;
  if (fault) faults.push(`${init.method} ${url} ${String(init.body ?? '').slice(0, 200)}\n    ${reply.status}: ${fault}: ${reply.bytes.toString().slice(0, 300)}`);
}
for (const f of faults.slice(0, 10)) console.log(f);
const plain = (o) => `${o.method} ${o.path.replace('/versions/{version}', '')}`; // a version more or less is the same operation
const answered = new Set(operations.filter((o) => o.good).map(plain));
const never = operations.filter((o) => !answered.has(plain(o)) && !process.env.FUZZ_NEVER?.split(' ').some((part) => o.path.endsWith(part)));
for (const o of never) console.log(`${o.method} ${o.path}: never 200 (${[...o.seen]})`);
console.log(`${count} requests, ${faults.length} replies that the description does not have`);
process.exit(faults.length || never.length ? 1 : 0);
