import { EngineError } from "./errors.ts";

/**
 * The calibration split as the engine needs it to solve a route's trade-off at its own prices: what the scorer predicts
 * on rows that it has not seen, and what was observed. Matrices are row-major, columns in the manifest's order.
 */
export interface CalibrationSample {
  readonly rows: number;
  readonly models: number;
  readonly tasks: number;
  /** [rows x models] calibrated quality in [0, 1]. */
  readonly quality: Float32Array;
  /** [rows x models] predicted output tokens, >= 0. */
  readonly outputTokens: Float32Array;
  /** [rows] input tokens, whole. */
  readonly inputTokens: Uint32Array;
  /** [rows x models] observed quality in [0, 1], NaN where unknown. */
  readonly observed: Float32Array;
  /** [rows x tasks] task probabilities in [0, 1]. */
  readonly task: Float32Array;
}

const MAGIC = 0x4c_41_43_57; // "WCAL", little-endian
const VERSION = 1;
const HEADER_BYTES = 20;
const MAX_ROWS = 10_000_000;
const MAX_COLUMNS = 65_535;

/** 1/4096 in the logarithm: a relative step of 0.024 %, up to 8.9 million tokens. */
const LOG_STEPS = 4096;
const QUALITY_STEPS = 65_535;
const OBSERVED_STEPS = 254;
const UNKNOWN = 255;
const TASK_STEPS = 255;

/**
 * Bytes of `calibration.bin`: magic, version, rows, models, tasks (uint32 each, little-endian); then input tokens uint32
 * [rows], quality uint16 and output tokens uint16 (logarithmic) [rows x models], observed uint8 [rows x models] with 255
 * for unknown, task uint8 [rows x tasks].
 *
 * @throws EngineError `artifact_corrupt` when a length, a range or a number is not as declared, naming the place
 */
export function encodeCalibrationSample(sample: CalibrationSample): Uint8Array {
  const { rows, models, tasks } = sample;
  checkCounts(rows, models, tasks);
  const cells = rows * models;
  checkLength("quality", sample.quality.length, cells);
  checkLength("outputTokens", sample.outputTokens.length, cells);
  checkLength("inputTokens", sample.inputTokens.length, rows);
  checkLength("observed", sample.observed.length, cells);
  checkLength("task", sample.task.length, rows * tasks);

  const bytes = new Uint8Array(byteLength(rows, models, tasks));
  const view = new DataView(bytes.buffer);
  [MAGIC, VERSION, rows, models, tasks].forEach((value, i) => {
    view.setUint32(i * 4, value, true);
  });
  let at = HEADER_BYTES;
  for (let i = 0; i < rows; i++, at += 4) view.setUint32(at, sample.inputTokens[i]!, true);
  for (let i = 0; i < cells; i++, at += 2) {
    view.setUint16(at, Math.round(inRange("quality", i, sample.quality[i]!, 1) * QUALITY_STEPS), true);
  }
  for (let i = 0; i < cells; i++, at += 2) {
    const tokens = inRange("outputTokens", i, sample.outputTokens[i]!, Number.MAX_VALUE);
    view.setUint16(at, Math.min(65_535, Math.round(Math.log1p(tokens) * LOG_STEPS)), true);
  }
  for (let i = 0; i < cells; i++, at++) {
    const value = sample.observed[i]!;
    bytes[at] = Number.isNaN(value) ? UNKNOWN : Math.round(inRange("observed", i, value, 1) * OBSERVED_STEPS);
  }
  for (let i = 0; i < rows * tasks; i++, at++) {
    bytes[at] = Math.round(inRange("task", i, sample.task[i]!, 1) * TASK_STEPS);
  }
  return bytes;
}

/** @throws EngineError `artifact_corrupt` when the bytes are no calibration sample, are cut short or too long */
export function decodeCalibrationSample(bytes: Uint8Array): CalibrationSample {
  if (bytes.byteLength < HEADER_BYTES) throw corrupt(`${bytes.byteLength} bytes are too few for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw corrupt("it does not begin with the bytes WCAL");
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw corrupt(`version ${version} is not readable here (known: ${VERSION})`);
  const rows = view.getUint32(8, true);
  const models = view.getUint32(12, true);
  const tasks = view.getUint32(16, true);
  checkCounts(rows, models, tasks);
  const expected = byteLength(rows, models, tasks);
  if (bytes.byteLength !== expected) {
    throw corrupt(`${bytes.byteLength} bytes, but ${rows} rows x ${models} models x ${tasks} tasks take ${expected}`);
  }

  const cells = rows * models;
  const inputTokens = new Uint32Array(rows);
  const quality = new Float32Array(cells);
  const outputTokens = new Float32Array(cells);
  const observed = new Float32Array(cells);
  const task = new Float32Array(rows * tasks);
  let at = HEADER_BYTES;
  for (let i = 0; i < rows; i++, at += 4) inputTokens[i] = view.getUint32(at, true);
  for (let i = 0; i < cells; i++, at += 2) quality[i] = view.getUint16(at, true) / QUALITY_STEPS;
  for (let i = 0; i < cells; i++, at += 2) outputTokens[i] = Math.expm1(view.getUint16(at, true) / LOG_STEPS);
  for (let i = 0; i < cells; i++, at++) {
    observed[i] = bytes[at] === UNKNOWN ? Number.NaN : bytes[at]! / OBSERVED_STEPS;
  }
  for (let i = 0; i < rows * tasks; i++, at++) task[i] = bytes[at]! / TASK_STEPS;
  return { rows, models, tasks, quality, outputTokens, inputTokens, observed, task };
}

function byteLength(rows: number, models: number, tasks: number): number {
  return HEADER_BYTES + rows * (4 + models * 5 + tasks);
}

function checkCounts(rows: number, models: number, tasks: number): void {
  const whole = [rows, models, tasks].every((count) => Number.isInteger(count) && count >= 0);
  if (!whole || rows > MAX_ROWS || models < 1 || models > MAX_COLUMNS || tasks > MAX_COLUMNS) {
    throw corrupt(`${rows} rows x ${models} models x ${tasks} tasks is out of bounds`);
  }
}

function checkLength(column: string, length: number, expected: number): void {
  if (length !== expected) throw corrupt(`column ${column} has ${length} values instead of ${expected}`);
}

function inRange(column: string, index: number, value: number, max: number): number {
  if (!(value >= 0 && value <= max)) throw corrupt(`column ${column} holds ${value} at ${index}`);
  return value;
}

function corrupt(fault: string): EngineError {
  return new EngineError("artifact_corrupt", `the calibration sample is broken: ${fault}`, {
    place: "calibration.bin",
  });
}
