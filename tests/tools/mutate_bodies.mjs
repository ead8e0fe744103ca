// Takes bodies that are answered - JSON, CSV, npy, PNG, tensors in binary, tokens - changes bytes, numbers, names and sizes in them,
// and checks that each reply is one that the description has and no 5XX, that the numbers of an answer are numbers, and that
// an untouched request is answered with the same bytes throughout.
//   node mutate_bodies.mjs BASE [seconds] [seed]
import zlib from 'node:zlib';
import { ask, described, randomness, rowOf } from './described.mjs';

const [base, seconds = '5', seed = '1'] = process.argv.slice(2);
const dice = randomness(seed), { below, pick, chance } = dice;
const { models, operations, fault } = await described(base);

const crcs = Uint32Array.from({ length: 256 }, (_, i) => { for (let k = 0; k < 8; k++) i = i & 1 ? 0xedb88320 ^ i >>> 1 : i >>> 1; return i; });
const crc = (bytes) => ~bytes.reduce((c, b) => crcs[(c ^ b) & 255] ^ c >>> 8, ~0) >>> 0;

function npy(rows, type = '<f4') {
  const bytes = { '<f4': [4, 'writeFloatLE'], '>f8': [8, 'writeDoubleBE'], '|i1': [1, 'writeInt8'], '<u2': [2, 'writeUInt16LE'] }[type];
  let head = `{'descr': '${type}', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0].length}), }`;
  head = head.padEnd(117) + '\n';
  const data = Buffer.alloc(rows.flat().length * bytes[0]);
  rows.flat().forEach((x, i) => data[bytes[1]](x, i * bytes[0]));
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, head.length, 0]), Buffer.from(head), data]);
}

function chunk(name, data) {
  const out = Buffer.alloc(12 + data.length), text = Buffer.concat([Buffer.from(name), data]);
  out.writeUInt32BE(data.length);
  text.copy(out, 4);
  out.writeUInt32BE(crc(text), 8 + data.length);
  return out;
}

function png(width, height, lines) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head[8] = 8; // grey
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head),
    chunk('IDAT', zlib.deflateSync(Buffer.from(lines))), chunk('IEND', Buffer.alloc(0))]);
}

/** PNG with its checksums set right again, as far as its chunks can be followed; a token likewise. */
function mendPng(bytes) {
  for (let at = 8; at + 12 <= bytes.length;) {
    const n = bytes.readUInt32BE(at);
    if (at + 12 + n > bytes.length) break;
    bytes.writeUInt32BE(crc(bytes.subarray(at + 4, at + 8 + n)), at + 8 + n);
    at += 12 + n;
  }
  return bytes;
}
function mendToken(bytes) {
  if (bytes.length > 4) bytes.writeUInt32LE(crc(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

const numbers = ['1e308', '-1e308', '1e400', '-0', '5e-324', '2.2250738585072014e-308', '3.4028236e38', '1e-46', '9007199254740993', '9223372036854775808',
  '18446744073709551616', 'NaN', 'nan', 'Infinity', '-inf', 'null', 'true', '"1"', '[]', '{}', '01', '1.', '.5', '+1', '1_0', '0x1', '', ' ', '1e', '٣'];
const words = ['', 'x', '"\u{1F600}"', '"\\ud800"', '"\\u0000"', '"a\\/b"', `"${'n'.repeat(5000)}"`, '"__proto__"', '"ŝ"', 'visible', '"mask"', '\xff', '"\\x41"'];

/** Replaces one match of a pattern in the text; the text is one character a byte. */
function replaceOne(text, pattern, by) {
  const found = [...text.matchAll(pattern)];
  if (!found.length) return text;
  const at = pick(found);
  return text.slice(0, at.index) + Buffer.from(by).toString('latin1') + text.slice(at.index + at[0].length);
}

function change(bytes, isText) {
  if (isText && chance(0.6)) {
    const text = bytes.toString('latin1');
    return Buffer.from(pick([
      () => replaceOne(text, /-?\d+(\.\d+)?/g, pick(numbers)), () => replaceOne(text, /"[^"]*"/g, pick(words)),
      () => replaceOne(text, /[[\]{},:]/g, pick(['[', ']', '{', '}', ',', ':', '', '[[', ']]', ',,', '//', '/**/', '\0'])),
      () => replaceOne(text, /\[[^[\]]*\]/g, pick(['[]', 'null', '[null]', '[[[[1]]]]', '[' + '0,'.repeat(5000) + '0]', '['.repeat(3000)])),
      () => replaceOne(text, /"[a-z_]+":/g, pick(['"seed":1,"seed":', '"mask":', '"Inputs":', '"":'])),
      () => replaceOne(text, /[\n,;]/g, pick(['\n', '\r', '\r\n', '\n\n', ';', '\t', '"', ',,', '\0', '\n#'])),
    ])(), 'latin1');
  }
  const n = bytes.length, at = below(n + 1), size = Math.min(1 + below(chance(0.5) ? 4 : 64), n - at), part = bytes.subarray(at, at + size);
  const some = Buffer.from(pick([[0], [255], [127, 255, 255, 255], [255, 255, 255, 255], [0, 0, 128, 127], [0, 0, 192, 127], [10], [13, 10], [34], [0xef, 0xbb, 0xbf]]));
  return pick([
    () => { const b = Buffer.from(bytes); if (n) b[below(n)] ^= 1 << below(8); return b; },
    () => { const b = Buffer.from(bytes); some.copy(b, Math.max(0, at - some.length)); return b; },
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]),
    () => Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at + size)]),
    () => Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)]),
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes, pick([some, bytes])]),
  ])();
}

/** Requests that are answered: path, type and body; `mend` makes checksums right again. */
async function originals() {
  const list = [], json = (path, body, more) => list.push({ path, type: 'application/json', bytes: Buffer.from(JSON.stringify(body)), ...more });
  for (const m of models) {
    const rows = (roles, n = 2) => Object.fromEntries(m.layers.filter((l) => roles.includes(l.role)).map((l) => [l.name, Array.from({ length: n }, () => rowOf(l, dice))]));
    const visible = m.layers.filter((l) => l.role === 'visible'), place = `/v1/models/${m.name}`, inputs = rows(['visible']);
    const wide = visible[0], mask = Object.fromEntries(visible.map((l) => [l.name, Array.from({ length: l.size }, (_, i) => Number(i > 0 || l.unit !== 'bernoulli'))]));
    json(`${place}/features`, { inputs, type: 'state', seed: 3 });
    json(`${place}/free-energy`, { inputs, mask, explain: false, threshold: 2.5 });
    json(`${place}/reconstruct`, { inputs, mask, steps: 2 });
    json(`${place}/energy`, { states: rows(['visible', 'hidden', 'label']) });
    json(`${place}/sample`, { count: 2, steps: 3, seed: 9, temperature: 1.5, init: inputs, layers: m.layers.map((l) => l.name) });
    json(`${place}/sample?format=sse`, { steps: 4, every: 2, seed: 1, clamp: { [wide.name]: { values: inputs[wide.name][0] } } });
    if (m.layers.some((l) => l.role === 'label')) json(`${place}/classify`, { inputs, top: 2 });
    const infer = { id: 'a', parameters: { seed: 4, steps: 2 }, outputs: [{ name: 'features', parameters: { binary_data: true } }, { name: 'free_energy' }],
      inputs: visible.map((l) => ({ name: l.name, shape: [2, l.size], datatype: 'FP32', data: inputs[l.name].flat() })) };
    json(`/v2/models/${m.name}/infer`, infer);
    const head = Buffer.from(JSON.stringify({ inputs: visible.map((l) => (
      { name: l.name, shape: [2, l.size], datatype: 'FP32', parameters: { binary_data_size: 8 * l.size } })) }));
    list.push({ path: `/v2/models/${m.name}/infer`, type: 'application/octet-stream', headers: { 'Inference-Header-Content-Length': head.length },
      bytes: Buffer.concat([head, ...visible.map((l) => Buffer.from(Float32Array.from(inputs[l.name].flat()).buffer))]) });
    const { continue: token } = JSON.parse((await ask(`${base}${place}/sample?steps=3&seed=2&count=2`)).bytes);
    list.push({ path: `${place}/sample`, type: 'token', bytes: Buffer.from(token, 'base64url'), mend: mendToken });
    if (visible.length > 1) continue;
    for (const type of wide.unit === 'spin' || wide.unit === 'gaussian' ? ['<f4', '>f8'] : ['<f4', '>f8', '|i1', '<u2'])
      list.push({ path: `${place}/features`, type: 'application/x-npy', bytes: npy(inputs[wide.name], type), head: true });
    list.push({ path: `${place}/free-energy`, type: 'application/octet-stream', bytes: Buffer.from(Float32Array.from(inputs[wide.name].flat()).buffer) });
    if (wide.shape?.length === 2)
      list.push({ path: `${place}/reconstruct`, type: 'image/png', mend: mendPng,
        bytes: png(wide.shape[1], wide.shape[0], Array.from({ length: wide.shape[0] }, () => [0, ...Array.from({ length: wide.shape[1] }, () => pick([0, 99, 255]))]).flat()) });
  }
  if (models.some((m) => m.name === 'people')) { // the model with a table
    const table = 'id,age,plan,vip\na,41.5,basic,yes\nb,,pro,no\nc,7,free,\n';
    list.push({ path: '/v1/models/people/reconstruct?format=csv', type: 'text/csv', bytes: Buffer.from(table) });
    list.push({ path: '/v1/models/people/free-energy', type: 'text/csv', bytes: Buffer.from(table.replaceAll(',', ';').replaceAll('.', ',')) });
    json('/v1/models/people/reconstruct?as=rows', { rows: [{ age: 41.5, plan: 'basic', vip: null }, { plan: 'pro', vip: true }] });
    json('/v1/models/people/sample?as=rows', { clamp: [{ plan: 'basic' }], count: 2, steps: 2, seed: 1 });
  }
  return list;
}

function send(one, bytes) {
  const token = one.type === 'token';
  return ask(base + one.path, { method: 'POST', headers: { 'Content-Type': token ? 'application/json' : one.type, ...one.headers },
    body: token ? JSON.stringify({ continue: bytes.toString('base64url'), steps: 2 }) : bytes });
}

const operationOf = (path) => operations.find((o) => o.method === 'POST' &&
  new RegExp(`^${o.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?')[0])).operation;
const numberless = (text) => /[[,:](NaN|nan|-?inf|-?Infinity)/.test(text);

const list = await originals(), faults = [], tally = {};
for (const one of list) {
  one.answer = await send(one, one.bytes);
  if (one.answer.status !== 200) faults.push(`an original is refused: ${one.path} ${one.type} ${one.bytes}: ${one.answer.bytes}`);
}
const until = performance.now() + 1000 * Number(seconds);
let n = 0;
const work = async () => {
  while (performance.now() < until && faults.length < 40) {
    const one = pick(list), again = chance(0.02), isText = /json|csv/.test(one.type);
    let bytes = one.bytes;
    for (let k = again ? 0 : 1 + below(chance(0.7) ? 1 : 5); k > 0; k--)
      bytes = one.head && chance(0.5) ? Buffer.concat([change(bytes.subarray(0, 128), true), bytes.subarray(128)]) : change(bytes, isText);
    if (one.mend && !again && chance(0.7)) bytes = one.mend(Buffer.from(bytes));
    const said = () => `${one.path} ${one.type} ${isText ? bytes.toString().slice(0, 600) : bytes.toString('base64').slice(0, 600)}`;
    n++;
    try {
      const reply = await send(one, bytes), text = reply.bytes.toString(), wrong = fault(operationOf(one.path), reply);
      tally[reply.status] = (tally[reply.status] ?? 0) + 1;
      if (wrong || reply.status >= 500) faults.push(`${wrong}: ${said()}\n    ${reply.status} ${text.slice(0, 300)}`);
      else if (reply.status === 200 && /json|csv|event/.test(reply.type) && numberless(text)) faults.push(`no number: ${said()}\n    ${text.slice(0, 300)}`);
      else if (again && !reply.bytes.equals(one.answer.bytes)) faults.push(`another answer: ${said()}\n    ${text.slice(0, 300)}`);
    } catch (error) {
      faults.push(`${error.cause ?? error}: ${said()}`);
    }
  }
};
await Promise.all([work(), work(), work(), work()]);
for (const f of faults.slice(0, 20)) console.log(f);
console.log(`${n} bodies of ${list.length} originals, by status ${JSON.stringify(tally)}, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
