import { EngineError } from "../errors.ts";

/** Rows of one pool by which a route solves its plans at its own prices. Matrices are row-major. */
export interface CascadeSample {
  readonly rows: number;
  readonly models: number;
  /** By the bits of who answered: [rows x models] quality expected, on rows that the models have not seen. */
  readonly quality: ReadonlyMap<number, Float32Array>;
  /** [rows x models] observed, NaN where unknown. */
  readonly observed: Float32Array;
  /** [rows x models] output tokens that the router expects. */
  readonly outputTokens: Float32Array;
  /** [rows] */
  readonly inputTokens: Uint32Array;
  /** [rows] group index. */
  readonly group: Uint32Array;
}

const MAGIC = 0x43_53_43_57; // "WCSC", little-endian
const VERSION = 1;
const STEPS = 65_535;
const UNKNOWN = 65_535;
const OBSERVED_STEPS = 65_534;
const LOG_STEPS = 4096;

/**
 * Bytes of `cascade.bin`: magic, version, number of pools; for each pool rows, models, sets, then each set's bits; input
 * tokens and groups uint32 [rows]; observed, output tokens (logarithmic) and each set's quality uint16 [rows x models].
 * All little-endian.
 */
export function encodeCascadeSamples(samples: readonly CascadeSample[]): Uint8Array {
  const bytes = new Uint8Array(12 + samples.reduce((sum, sample) => sum + byteLength(sample), 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const u32 = (value: number) => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const u16 = (value: number) => {
    view.setUint16(at, value, true);
    at += 2;
  };
  for (const value of [MAGIC, VERSION, samples.length]) u32(value);
  for (const { rows, models, quality, observed, outputTokens, inputTokens, group } of samples) {
    for (const value of [rows, models, quality.size, ...quality.keys()]) u32(value);
    for (const value of inputTokens) u32(value);
    for (const value of group) u32(value);
    for (const value of observed) u16(Number.isNaN(value) ? UNKNOWN : Math.round(value * OBSERVED_STEPS));
    for (const value of outputTokens) u16(Math.min(STEPS, Math.round(Math.log1p(value) * LOG_STEPS)));
    for (const matrix of quality.values()) for (const value of matrix) u16(Math.round(value * STEPS));
  }
  return bytes;
}

/** @throws EngineError `artifact_corrupt` when the bytes are no such samples or are cut short */
export function decodeCascadeSamples(bytes: Uint8Array): CascadeSample[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const need = (count: number) => {
    if (at + count > bytes.byteLength) throw corrupt(`it ends at byte ${bytes.byteLength}, in the middle of a pool`);
  };
  const u32s = (count: number) => {
    need(count * 4);
    const values = new Uint32Array(count);
    for (let i = 0; i < count; i++, at += 4) values[i] = view.getUint32(at, true);
    return values;
  };
  const u16s = (count: number, decode: (value: number) => number) => {
    need(count * 2);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++, at += 2) values[i] = decode(view.getUint16(at, true));
    return values;
  };
  const [magic, version, pools] = u32s(3);
  if (magic !== MAGIC) throw corrupt("it does not begin with the bytes WCSC");
  if (version !== VERSION) throw corrupt(`version ${version} is not readable here (known: ${VERSION})`);
  const samples: CascadeSample[] = [];
  for (let pool = 0; pool < pools!; pool++) {
    const [rows, models, sets] = u32s(3);
    const bits = u32s(sets!);
    const inputTokens = u32s(rows!);
    const group = u32s(rows!);
    const cells = rows! * models!;
    const observed = u16s(cells, (value) => (value === UNKNOWN ? Number.NaN : value / OBSERVED_STEPS));
    const outputTokens = u16s(cells, (value) => Math.expm1(value / LOG_STEPS));
    const quality = new Map(Array.from(bits, (set) => [set, u16s(cells, (value) => value / STEPS)]));
    samples.push({ rows: rows!, models: models!, quality, observed, outputTokens, inputTokens, group });
  }
  if (at !== bytes.byteLength) throw corrupt(`${bytes.byteLength - at} bytes follow the last pool`);
  return samples;
}

function byteLength({ rows, models, quality }: CascadeSample): number {
  return 12 + 4 * quality.size + rows * (8 + models * (4 + 2 * quality.size));
}

function corrupt(fault: string): EngineError {
  return new EngineError("artifact_corrupt", `the cascade sample is broken: ${fault}`, { place: "cascade.bin" });
}
