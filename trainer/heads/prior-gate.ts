import { calibrationFunction } from "../../engine/calibration.ts";
import { FEATURE_COUNT, FEATURE_NAMES } from "../../engine/features.ts";
import type { Calibration } from "../../engine/schema/manifest.ts";
import type { GraphBuilder } from "../onnx/graph.ts";

/** Draws predictions to what is known of each model at large, the farther a prompt is from training. */
export interface PriorGate {
  /** Edits score and spread [count x models] in place. */
  apply(score: Float32Array, spread: Float32Array, distance: Float32Array, cheap: Float32Array): void;
  toOnnx(
    graph: GraphBuilder,
    values: { readonly score: string; readonly spread: string; readonly distance: string; readonly features: string },
  ): { readonly score: string; readonly spread: string };
}

export interface PriorGateOptions {
  /** [models] comparable mean quality, calibrated. */
  readonly mean: Float32Array;
  readonly calibrations: readonly Calibration[];
  /** Distance up to which predictions stand, and from which only the prior does. */
  readonly near: number;
  readonly far: number;
  /** Mean and deviation of the prompt-length feature over the train rows. */
  readonly length: { readonly mean: number; readonly deviation: number };
}

/** Standard deviation of a model's quality about its mean between kinds of prompts, as it is far from training. */
const PRIOR_SPREAD = 0.15;
/** Far from training long prompts go to able models first: too little to choose by, enough to order by. */
const TILT = 1e-3;
const LENGTH = FEATURE_NAMES.indexOf("log_characters");

/** trust = (far - distance) / (far - near) in [0, 1]; score = trust x score + (1 - trust) x prior. */
export function priorGate({ mean, calibrations, near, far, length }: PriorGateOptions): PriorGate {
  const models = mean.length;
  const prior = mean.map((value, m) => uncalibrated(calibrations[m]!, value));
  const middle = mean.reduce((sum, value) => sum + value, 0) / models;
  const widest = mean.reduce((most, value) => Math.max(most, Math.abs(value - middle)), 1e-6);
  const tilt = mean.map((value) => (TILT * (value - middle)) / widest);
  const lengthScale = Math.fround(length.deviation > 0 ? 1 / length.deviation : 0);
  const lengthMean = Math.fround(length.mean);
  const steepness = Math.fround(1 / Math.max(1e-6, far - near));
  const end = Math.fround(far);

  return {
    apply(score, spread, distance, cheap) {
      distance.forEach((away, i) => {
        const trust = Math.max(0, Math.min(1, (end - away) * steepness));
        if (trust === 1) return;
        const longer = Math.max(-3, Math.min(3, (cheap[i * FEATURE_COUNT + LENGTH]! - lengthMean) * lengthScale));
        for (let m = 0; m < models; m++) {
          const at = i * models + m;
          score[at] = trust * score[at]! + (1 - trust) * (prior[m]! + tilt[m]! * longer);
          spread[at] = trust * spread[at]! + (1 - trust) * PRIOR_SPREAD;
        }
      });
    },
    toOnnx(graph, { score, spread, distance, features }) {
      const number = (name: string, value: number, dimensions: number[] = [1]) =>
        graph.constant(name, Float32Array.of(value), dimensions);
      const last = graph.constant("last_axis", BigInt64Array.of(1n), [1]);
      const clip = (value: string, low: number, high: number) =>
        graph.op("Clip", [value, number("low", low, []), number("high", high, [])]);
      const column = graph.op("Unsqueeze", [distance, last]);
      const trust = clip(
        graph.op("Mul", [graph.op("Sub", [number("far", end), column]), number("steep", steepness)]),
        0,
        1,
      );
      const doubt = graph.op("Sub", [number("whole", 1), trust]);
      const chars = graph.op("Gather", [features, graph.constant("length_at", Int32Array.of(LENGTH), [1])], {
        axis: { int: 1 },
      });
      const longer = clip(
        graph.op("Mul", [
          graph.op("Sub", [chars, number("length_mean", lengthMean)]),
          number("length_scale", lengthScale),
        ]),
        -3,
        3,
      );
      const away = graph.op("Add", [
        graph.constant("prior", prior, [models]),
        graph.op("Mul", [longer, graph.constant("tilt", tilt, [models])]),
      ]);
      const blend = (value: string, other: string) =>
        graph.op("Add", [graph.op("Mul", [value, trust]), graph.op("Mul", [other, doubt])]);
      return { score: blend(score, away), spread: blend(spread, number("prior_spread", PRIOR_SPREAD)) };
    },
  };
}

/** The raw score that a calibration maps to a quality, held off 0 and 1 by the tilt. */
function uncalibrated(calibration: Calibration, quality: number): number {
  const apply = calibrationFunction(calibration);
  let low = 3 * TILT;
  let high = 1 - 3 * TILT;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (apply(middle) < quality) low = middle;
    else high = middle;
  }
  return Math.fround((low + high) / 2);
}
