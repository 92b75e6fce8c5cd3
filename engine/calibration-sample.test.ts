import { expect, it } from "vitest";
import { type CalibrationSample, decodeCalibrationSample, encodeCalibrationSample } from "./calibration-sample.ts";
import { EngineError } from "./errors.ts";
import { seededRng } from "./rng.ts";

const NaNs = Number.NaN;

const small: CalibrationSample = {
  rows: 2,
  models: 3,
  tasks: 2,
  quality: Float32Array.of(0, 0.5, 1, 0.25, 0.75, 0.123),
  outputTokens: Float32Array.of(0, 1, 100, 1000, 65_000, 1e6),
  inputTokens: Uint32Array.of(0, 4_000_000_000),
  observed: Float32Array.of(0, 1, NaNs, 0.5, NaNs, NaNs),
  task: Float32Array.of(1, 0, 0.4, 0.6),
};

it("returns what was encoded, within the declared steps", () => {
  const back = decodeCalibrationSample(encodeCalibrationSample(small));
  expect([back.rows, back.models, back.tasks]).toEqual([2, 3, 2]);
  small.quality.forEach((value, i) => {
    expect(Math.abs(back.quality[i]! - value)).toBeLessThanOrEqual(0.5 / 65_535 + 1e-7);
  });
  small.outputTokens.forEach((value, i) => {
    expect(Math.abs(back.outputTokens[i]! - value)).toBeLessThanOrEqual((value + 1) * 1.3e-4);
  });
  expect([...back.inputTokens]).toEqual([...small.inputTokens]);
  small.observed.forEach((value, i) => {
    if (Number.isNaN(value)) expect(back.observed[i]).toBeNaN();
    else expect(Math.abs(back.observed[i]! - value)).toBeLessThanOrEqual(0.5 / 254 + 1e-7);
  });
  expect(back.task[2]).toBeCloseTo(0.4, 2);
});

it("encodes decoded bytes to the same bytes", () => {
  const bytes = encodeCalibrationSample(small);
  expect(encodeCalibrationSample(decodeCalibrationSample(bytes))).toEqual(bytes);
});

it("reads bytes that lie at an odd offset of a larger buffer", () => {
  const bytes = encodeCalibrationSample(small);
  const shifted = new Uint8Array(bytes.length + 3).fill(7);
  shifted.set(bytes, 3);
  expect(decodeCalibrationSample(shifted.subarray(3)).inputTokens[1]).toBe(4_000_000_000);
});

it("refuses every shortened and every lengthened form", () => {
  const bytes = encodeCalibrationSample(small);
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeCalibrationSample(bytes.subarray(0, length))).toThrow(EngineError);
  }
  expect(() => decodeCalibrationSample(new Uint8Array([...bytes, 0]))).toThrow(/2 rows x 3 models x 2 tasks/);
});

it("never reads past the end whatever the header says", () => {
  const rng = seededRng(1);
  const bytes = encodeCalibrationSample(small);
  for (let i = 0; i < 300; i++) {
    const changed = bytes.slice();
    for (let j = 0; j < 4; j++) changed[8 + Math.floor(rng.next() * 12)] = Math.floor(rng.next() * 256);
    try {
      const { rows, models, tasks } = decodeCalibrationSample(changed);
      expect(rows * (4 + models * 5 + tasks)).toBe(bytes.length - 20);
    } catch (error) {
      expect(error).toBeInstanceOf(EngineError);
    }
  }
});

it.each([
  { name: "NaN quality", change: { quality: Float32Array.of(NaNs, 0, 0, 0, 0, 0) }, says: /quality holds NaN at 0/ },
  { name: "quality above 1", change: { quality: Float32Array.of(0, 1.5, 0, 0, 0, 0) }, says: /holds 1.5 at 1/ },
  { name: "a short column", change: { observed: new Float32Array(5) }, says: /observed has 5 values instead of 6/ },
  { name: "infinite tokens", change: { outputTokens: new Float32Array(6).fill(Infinity) }, says: /outputTokens/ },
  { name: "no models", change: { models: 0 }, says: /out of bounds/ },
])("refuses to encode $name", ({ change, says }) => {
  expect(() => encodeCalibrationSample({ ...small, ...change })).toThrow(says);
});
