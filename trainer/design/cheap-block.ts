import { FEATURE_COUNT } from "../../engine/features.ts";
import { CLIP, CONSTANT_BELOW, type DesignBlock } from "./block.ts";
import type { RawFeatures } from "./raw-features.ts";

/** Cheap features, standardised on the train rows and cut at +-5; columns that are constant there become 0. */
export function fitCheapBlock(raw: RawFeatures, trainRows: Int32Array): DesignBlock {
  const { mean, deviation } = moments(raw.cheap, FEATURE_COUNT, trainRows);
  const shift = Float32Array.from(mean);
  const scale = Float32Array.from(deviation, (value) => (value > CONSTANT_BELOW ? 1 / value : 0));
  return {
    name: "cheap",
    dimensions: FEATURE_COUNT,
    transform(source, row, out, offset) {
      const from = row * FEATURE_COUNT;
      for (let j = 0; j < FEATURE_COUNT; j++) {
        const value = Math.fround(Math.fround(source.cheap[from + j]! - shift[j]!) * scale[j]!);
        out[offset + j] = Math.max(-CLIP, Math.min(CLIP, value));
      }
    },
    toOnnx(graph, inputs) {
      const centred = graph.op("Sub", [inputs.features, graph.constant("cheap_mean", shift, [FEATURE_COUNT])]);
      const scaled = graph.op("Mul", [centred, graph.constant("cheap_scale", scale, [FEATURE_COUNT])]);
      const low = graph.constant("clip_low", Float32Array.of(-CLIP), []);
      const high = graph.constant("clip_high", Float32Array.of(CLIP), []);
      return graph.op("Clip", [scaled, low, high]);
    },
  };
}

/** Mean and standard deviation of each column over some rows of a row-major matrix. */
export function moments(
  values: Float32Array,
  columns: number,
  rows: Int32Array,
): { readonly mean: Float64Array; readonly deviation: Float64Array } {
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  for (const row of rows) for (let j = 0; j < columns; j++) mean[j]! += values[row * columns + j]!;
  for (let j = 0; j < columns; j++) mean[j]! /= Math.max(1, rows.length);
  for (const row of rows) {
    for (let j = 0; j < columns; j++) deviation[j]! += (values[row * columns + j]! - mean[j]!) ** 2;
  }
  for (let j = 0; j < columns; j++) deviation[j] = Math.sqrt(deviation[j]! / Math.max(1, rows.length));
  return { mean, deviation };
}
