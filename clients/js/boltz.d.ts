export type Numbers = number[] | Float32Array | Float64Array | Uint8Array | Int32Array;
/** Rows of one layer (or one row, flat); null or NaN = missing. */
export type Rows = Numbers | (Numbers | (number | null)[])[];
export type ByLayer<T> = { [layer: string]: T };
export type Row = { [column: string]: string | number | boolean | null };

export interface CallOptions { signal?: AbortSignal; version?: number | string; query?: Record<string, unknown>; }

export interface Layer {
  name: string; role: "visible" | "hidden" | "label"; unit: string; size: number;
  shape?: number[]; groups?: number; categories?: string[];
}
export interface ModelEntry {
  name: string; version: number | null; versions: number[]; state: string; reason: string; kind: string | null; layers: Layer[];
}
export interface LogPartition { value: number; stderr: number; method: string; counts?: number; }
export interface Model {
  name: string; version: number; versions: number[]; aliases: Record<string, number>; state: string; kind: string;
  layers: Layer[]; couplings: [string, string][]; training: any; log_partition: LogPartition | LogPartition[] | null;
  table?: { columns: { name?: string; kind: string; layer?: string; unit?: number; size?: number; categories?: string[]; scale?: number }[]; missing?: string[] };
  digest: string; memory_bytes: number; [key: string]: any;
}

export interface Known { inputs?: Rows | ByLayer<Rows>; rows?: Row[]; as?: "arrays" | "rows"; mask?: Rows | ByLayer<Rows>; counts?: ByLayer<number>; }
export interface Clamp { values: Rows; mask?: Rows; }
export interface SampleBody {
  count?: number; steps?: number; every?: number; seed?: number; temperature?: number; type?: "mean" | "state";
  clamp?: ByLayer<Clamp> | Row[]; init?: Rows | ByLayer<Rows>; layers?: string[]; counts?: ByLayer<number>; continue?: string;
  encoding?: "json" | "bits";
}

export interface Reply {
  model: string; version: number; missing?: number[]; rows?: Row[]; left_out?: string[]; ignored?: string[]; unlike?: string[];
}
export interface FreeEnergyReply extends Reply {
  free_energy: number[]; method: "exact" | "variational"; log_prob: number[] | null; log_prob_stderr?: number | null;
  log_prob_kind?: string | null; percentile?: (number | null)[]; anomaly?: (boolean | null)[] | number[];
  explain?: { column: string; value: string | number | boolean; expected: string | number | boolean; drop: number }[][];
}
export interface EnergyReply extends Reply { energy: number[]; log_prob: number[] | null; }
export interface FeaturesReply extends Reply { layer: string; features: number[][]; }
export interface ReconstructReply extends Reply { reconstruction: number[][] | ByLayer<number[][]>; error: number[]; }
export interface SampleReply extends Reply {
  samples: number[][] | string[] | ByLayer<number[][] | string[]>; energy: number[]; seed: number; steps: number; continue: string;
}
export interface ClassifyReply extends Reply { classes: (string | number)[][]; probabilities: number[][]; method: string; }
export interface NeighborsReply extends Reply { indices: number[][]; distances: number[][]; ids?: string[][]; }
export type StreamEvent =
  | { event: "frame"; step: number; samples: SampleReply["samples"]; energy: number[] }
  | { event: "done"; seed: number; steps: number; continue: string };

export class BoltzError extends Error {
  status: number; code: string; requestId: string; retryAfter: number;
  constructor(message: string, told?: Partial<Pick<BoltzError, "status" | "code" | "requestId" | "retryAfter">> & { cause?: unknown });
}

export interface BoltzOptions {
  key?: string; retries?: number; fetch?: typeof fetch;
  onCall?: (call: { method: string; path: string; query: Record<string, unknown>; body: unknown }) => void;
}

export class Boltz {
  constructor(base?: string, options?: BoltzOptions);
  key: string;
  call(method: string, path: string, options?: CallOptions & { body?: unknown; accept?: string; type?: string }): Promise<Response>;
  json(method: string, path: string, options?: CallOptions & { body?: unknown; accept?: string; type?: string }): Promise<any>;
  models(options?: CallOptions): Promise<ModelEntry[]>;
  model(name: string, options?: CallOptions): Promise<Model>;
  parameter(name: string, tensor: string, options?: CallOptions): Promise<{ shape: number[]; data: Float32Array }>;
  operate(name: string, operation: string, body: unknown, options?: CallOptions): Promise<any>;
  freeEnergy(name: string, body: Known & { threshold?: number; explain?: boolean }, options?: CallOptions): Promise<FreeEnergyReply>;
  energy(name: string, body: { states: ByLayer<Rows> }, options?: CallOptions): Promise<EnergyReply>;
  features(name: string, body: Known & { layer?: string; type?: string; seed?: number }, options?: CallOptions): Promise<FeaturesReply>;
  reconstruct(name: string, body: Known & { steps?: number; type?: string; seed?: number }, options?: CallOptions): Promise<ReconstructReply>;
  sample(name: string, body: SampleBody, options?: CallOptions): Promise<SampleReply>;
  classify(name: string, body: Known & { top?: number }, options?: CallOptions): Promise<ClassifyReply>;
  neighbors(name: string, body: Known & { k?: number; layer?: string; metric?: string }, options?: CallOptions): Promise<NeighborsReply>;
  picture(name: string, operation: string, body: unknown, options?: CallOptions): Promise<Blob>;
  stream(name: string, body?: SampleBody, options?: CallOptions): AsyncGenerator<StreamEvent, void, void>;
  ready(options?: CallOptions): Promise<boolean>;
}

export function bodyText(value: unknown): string;
export function decodeNpy(buffer: ArrayBuffer): { shape: number[]; data: any };
export function encodeNpy(data: Numbers, shape: number[]): Uint8Array;
export function unpackBits(base64: string, size: number, out?: Uint8Array, offset?: number): Uint8Array;
