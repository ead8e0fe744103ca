// Sends every route each pair of values of two of its query parameters - in and out of bounds, of wrong types, given twice, unknown -
// and checks that the description has the reply, that what is wrong is refused by name, that what is right is answered, and
// that parameters in a body or a form give the same bytes as in the query.
//   node sweep_parameters.mjs BASE [seconds, 0 = all of them] [seed]
import { ask, described, randomness, rowOf } from './described.mjs';

const [base, seconds = '5', seed = '1'] = process.argv.slice(2);
const { models, operations, fault } = await described(base);
const small = { steps: [0, 1, 3], count: [1, 2, 5], every: [1, 2, 1000000000] }; // whose largest values only take time
const own = { // parameters that are names
  layer: (m) => m.layers.map((l) => l.name), predict: (m) => m.layers.filter((l) => l.role === 'visible').map((l) => l.name),
};
const twice = Symbol('twice');

/** Values of a parameter: good ones, and those that no model takes. */
async function values(p, model) {
  const s = p.schema, good = [], bad = [''];
  if (s.enum) {
    good.push(...s.enum);
    bad.push(s.enum[0].toUpperCase(), s.enum.slice(0, 2).join('|'), s.enum[0] + ' ', 'ü', '0');
  } else if (s.type === 'integer') {
    good.push(...small[p.name] ?? [s.minimum, s.minimum + 1, s.maximum], '1.0', '1e0');
    bad.push(s.minimum - 1, s.maximum + 1, 1.5, 'x', ' 1', '+1', '0x1', '1,2', '01', 'NaN', '1e400', '-0x1', 'null', '1'.repeat(400));
    if (s.minimum > 1) good.splice(-2);
  } else if (s.type === 'number') {
    good.push(s.minimum, s.maximum, 1, '1e-3');
    bad.push('x', 'NaN', 'Infinity', '1e400', '.5', '1.', '0x1p3', '1 ', 's.maximum', -2 * s.maximum);
  } else if (s.type === 'boolean') {
    good.push('true', 'false');
    bad.push('1', 'True', 'yes');
  } else if (p.name === 'continue') {
    good.push(JSON.parse((await ask(`${base}/v1/models/${model.name}/sample?steps=2&seed=3`)).bytes).continue);
    bad.push('x', good[0].slice(0, -2), good[0].slice(1), `${good[0]}A`, `${good[0]}=`, '%00');
  } else {
    good.push(...own[p.name]?.(model) ?? []);
    bad.push('x', 'mask', 'é', ' visible', 'a'.repeat(2000), '\u{1F600}', 'a\0b');
  }
  return [...good.map((v) => ({ p, v: String(v), ok: true })), ...bad.map((v) => ({ p, v: String(v), ok: false })),
    ...(good.length ? [{ p, v: String(good[0]), ok: false, twice }] : [])];
}

const unknown = [{ name: 'stpes', v: '1' }, { name: 'Seed', v: '1' }, { name: 'inputs', v: '[[0]]' }, { name: '', v: '1' }, { name: 'ü', v: '' }]
  .map(({ name, v }) => ({ p: { name, in: 'query', schema: {} }, v, ok: false }));

/** The routes of each model, with the values of their parameters. */
async function routes() {
  const list = [];
  for (const o of operations) {
    const queries = (o.operation.parameters ?? []).filter((p) => p.in === 'query');
    if (queries.length && !o.path.includes('{version}'))
      for (const model of o.path.includes('{model}') ? models : [models[0]])
        list.push({ o, model, lists: [...await Promise.all(queries.map((p) => values(p, model))), unknown] });
  }
  return list;
}

function* every(list) {
  for (const { o, model, lists } of list)
    for (let i = 0; i < lists.length; i++)
      for (let j = i + 1; j < lists.length; j++)
        for (const a of lists[i])
          for (const b of lists[j]) yield { o, model, pair: [a, b] };
}

/** At random, more of those that are answered. */
function* drawn(list, { below, pick, chance }) {
  for (;;) {
    const { o, model, lists } = pick(list), good = chance(0.6), usable = good ? lists.filter((l) => l.some((x) => x.ok)) : lists;
    const i = below(usable.length), j = (i + 1 + below(Math.max(usable.length - 1, 1))) % usable.length;
    yield { o, model, pair: [...new Set([i, j])].map((k) => pick(good ? usable[k].filter((x) => x.ok) : usable[k])) };
  }
}

function bodyOf({ o, model }, dice) {
  if (o.method !== 'POST' || o.path.endsWith('/sample')) return {};
  const layers = model.layers.filter((l) => o.path.endsWith('/energy') || l.role === 'visible');
  return { [o.path.endsWith('/energy') ? 'states' : 'inputs']: Object.fromEntries(layers.map((l) => [l.name, [rowOf(l, dice), rowOf(l, dice)]])) };
}

const typed = ({ p, v }) => p.schema.type === 'string' ? v : JSON.parse(v);
const same = (a, b) => a.status === b.status && a.bytes.equals(b.bytes);
const textOf = (reply) => reply.bytes.toString().slice(0, 300);

/** What is wrong with the reply to one case, or null. */
async function judge(one, dice) {
  const { o, model, pair } = one;
  const tensor = `${model.layers[0].name}.bias`;
  const url = base + o.path.replace('{model}', model.name).replace('{tensor}', tensor);
  const seeded = (o.operation.parameters ?? []).some((p) => p.name === 'seed') && !pair.some(({ p }) => p.name === 'seed');
  const query = new URLSearchParams(seeded ? { seed: 5 } : {});
  for (const { p, v, twice: again } of pair) {
    query.append(p.name, v);
    if (again) query.append(p.name, v);
  }
  const sample = o.path.endsWith('/sample'), steps = sample && !query.has('steps') ? { steps: 2 } : {};
  const body = { ...bodyOf(one, dice), ...(o.method === 'POST' ? steps : {}) };
  if (o.method === 'GET' && steps.steps) query.append('steps', 2);
  const headers = { 'Content-Type': 'application/json' };
  const init = o.method === 'POST' ? { method: 'POST', headers, body: JSON.stringify(body) } : {};
  const reply = await ask(`${url}?${query}`, init);
  const said = `${o.method} ${url}?${query} ${init.body ?? ''}\n    ${reply.status} ${textOf(reply)}`;
  const undescribed = fault(o.operation, reply);
  if (undescribed) return `${undescribed}: ${said}`;
  const wrong = pair.filter((x) => !x.ok);
  const named = pair.some((x) => textOf(reply).includes(x.p.name || "''")) || pair.some((x) => x.v.includes('\0'));
  const whole = ['unsupported', 'too_costly', 'too_large', 'not_acceptable'].includes(reply.error); // of the request as a whole
  if (wrong.length && ![400, 406].includes(reply.status)) return `not refused: ${said}`;
  if (reply.status >= 400) return reply.status < 500 && (named || whole) ? null : `refused without the name: ${said}`;
  answered++;
  if (o.method !== 'POST') return null;
  const rest = pair.filter(({ p }) => p.name !== 'format'), format = pair.find(({ p }) => p.name === 'format');
  const where = `${url}${format ? `?format=${format.v}` : ''}`;
  const inBody = { ...body, ...(seeded ? { seed: 5 } : {}), ...Object.fromEntries(rest.map((x) => [x.p.name, typed(x)])) };
  const other = await ask(where, { ...init, body: JSON.stringify(inBody) });
  const drawn = !seeded && !query.has('seed') && query.get('type') === 'state';
  if (!drawn && !same(reply, other)) return `another reply in a body: ${said}\n    ${other.status} ${textOf(other)}`;
  if (!sample) return null;
  const form = new URLSearchParams({ ...steps, ...(seeded ? { seed: 5 } : {}), ...Object.fromEntries(rest.map((x) => [x.p.name, x.v])) });
  const third = await ask(where, { method: 'POST', body: form });
  return same(reply, third) ? null : `another reply in a form: ${said}\n    ${third.status} ${textOf(third)}`;
}

const dice = randomness(seed), faults = [], list = await routes();
const cases = Number(seconds) ? drawn(list, dice) : every(list), until = Number(seconds) ? performance.now() + 1000 * seconds : Infinity;
let sent = 0, answered = 0;
const one = async () => {
  for (const at of cases) {
    if (performance.now() >= until || faults.length >= 200) return;
    sent++;
    const found = await judge(at, dice).catch((error) => `${error}: ${at.o.path} ${at.pair.map((x) => `${x.p.name}=${x.v}`)}`);
    if (found) faults.push(found);
  }
};
await Promise.all([one(), one(), one(), one()]);
for (const f of faults.slice(0, 40)) console.log(f);
console.log(`${sent} pairs of parameters, ${answered} answered, ${faults.length} faults`);
process.exit(faults.length || !answered ? 1 : 0);
