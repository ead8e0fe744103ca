// A typed client: compiled against what openapi-typescript makes of /openapi.json (api.d.ts), then run against a daemon.
// node client.js BASE
import type { paths, components } from './api';

type Json<T> = T extends { content: { 'application/json': infer J } } ? J : never;
type Ok<P extends keyof paths> = paths[P] extends { post: { responses: { 200: infer R } } } ? Json<R> : never;
type Body<P extends keyof paths> = paths[P] extends { post: { requestBody?: { content: { 'application/json': infer B } } } } ? B : never;
type Problem = components['schemas']['Problem'];

declare const process: { argv: string[]; exit(status: number): never };
const base = process.argv[2];

async function post<P extends keyof paths>(path: P, model: string, body: Body<P>): Promise<Ok<P>> {
  const reply = await fetch(base + path.replace('{model}', model), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const object: unknown = await reply.json();
  if (!reply.ok) throw new Error((object as Problem).code);
  return object as Ok<P>;
}

function expect(truth: boolean, what: string): void {
  if (!truth) throw new Error(what);
}

const rows = [[1, 0, 1, null], [0, 1, 1, 1]];
const scores = await post('/v1/models/{model}/free-energy', 'tiny', { inputs: rows });
expect(scores.free_energy?.length === 2 && scores.method === 'exact', 'free energies');
expect(scores.missing?.[0] === 1, 'missing');
const samples = await post('/v1/models/{model}/sample', 'tiny', {
  count: 3, steps: 10, seed: 7, clamp: { visible: { values: [1, 0, 1, 1], mask: [1, 0, 0, 0] } },
});
const next = await post('/v1/models/{model}/sample', 'tiny', { continue: samples.continue, steps: 5 });
expect(next.steps === 15 && next.energy?.length === 3, 'samples');
const features = await post('/v1/models/{model}/features', 'tiny', { inputs: rows, type: 'probability' });
expect(features.features?.[0].length === 3, 'features');
const back = await post('/v1/models/{model}/reconstruct', 'tiny', { inputs: rows, steps: 2 });
expect(Array.isArray(back.reconstruction), 'reconstruction');
const outputs = await post('/v2/models/{model}/infer', 'tiny', {
  inputs: [{ name: 'visible', shape: [1, 4], datatype: 'FP32', data: [1, 0, 1, 1] }],
});
expect(outputs.outputs[0].name === 'free_energy', 'outputs');
let code = '';
await post('/v1/models/{model}/features', 'tiny', { inputs: [[1]] }).catch((e: Error) => (code = e.message));
expect(code === 'shape_mismatch', `code ${code}`);
console.log('typed client: all passed');
