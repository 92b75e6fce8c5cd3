import { calibrationFunction } from "../../engine/calibration.ts";
import type { Calibration } from "../../engine/schema/manifest.ts";
import type { GraphBuilder } from "../onnx/graph.ts";

/** Draws predictions to what is known of each model at large, the farther a prompt is from training. */
export interface PriorGate {
  /** Edits score and spread [count x models] in place. */
  apply(score: Float32Array, spread: Float32Array, distance: Float32Array): void;
  toOnnx(
    graph: GraphBuilder,
    values: { readonly score: string; readonly spread: string; readonly distance: string },
  ): { readonly score: string; readonly spread: string };
}

export interface PriorGateOptions {
  /** [models] comparable mean quality, calibrated. */
  readonly mean: Float32Array;
  readonly calibrations: readonly Calibration[];
  /** Distance up to which predictions stand, and from which only the prior does. */
  readonly near: number;
  readonly far: number;
}

/** Standard deviation of a model's quality about its mean between kinds of prompts, as it is far from training. */
const PRIOR_SPREAD = 0.15;
/** Raw scores keep off 0 and 1, whose logits are none. */
const EDGE = 3e-3;

/**
 * trust = (far - distance) / (far - near) in [0, 1]; score = trust x score + (1 - trust) x prior. What lies far is all alike:
 * an order by length, which one source bears out, is wrong on the next.
 */
export function priorGate({ mean, calibrations, near, far }: PriorGateOptions): PriorGate {
  const models = mean.length;
  const prior = mean.map((value, m) => uncalibrated(calibrations[m]!, value));
  const steepness = Math.fround(1 / Math.max(1e-6, far - near));
  const end = Math.fround(far);

  return {
    apply(score, spread, distance) {
      distance.forEach((away, i) => {
        const trust = Math.max(0, Math.min(1, (end - away) * steepness));
        if (trust === 1) return;
        for (let m = 0; m < models; m++) {
          const at = i * models + m;
          score[at] = trust * score[at]! + (1 - trust) * prior[m]!;
          spread[at] = trust * spread[at]! + (1 - trust) * PRIOR_SPREAD;
        }
      });
    },
    toOnnx(graph, { score, spread, distance }) {
      const number = (name: string, value: number, dimensions: number[] = [1]) =>
        graph.constant(name, Float32Array.of(value), dimensions);
      const last = graph.constant("last_axis", BigInt64Array.of(1n), [1]);
      const column = graph.op("Unsqueeze", [distance, last]);
      const trust = graph.op("Clip", [
        graph.op("Mul", [graph.op("Sub", [number("far", end), column]), number("steep", steepness)]),
        number("low", 0, []),
        number("high", 1, []),
      ]);
      const doubt = graph.op("Sub", [number("whole", 1), trust]);
      const blend = (value: string, other: string) =>
        graph.op("Add", [graph.op("Mul", [value, trust]), graph.op("Mul", [other, doubt])]);
      return {
        score: blend(score, graph.constant("prior", prior, [models])),
        spread: blend(spread, number("prior_spread", PRIOR_SPREAD)),
      };
    },
  };
}

/** The raw score that a calibration maps to a quality. */
function uncalibrated(calibration: Calibration, quality: number): number {
  const apply = calibrationFunction(calibration);
  let low = EDGE;
  let high = 1 - EDGE;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (apply(middle) < quality) low = middle;
    else high = middle;
  }
  return Math.fround((low + high) / 2);
}

/** Rows of prior that hold the level of far prompts where that of all prompts is. */
const LEVEL_ROWS = 20;

export interface FarRows {
  /** [rows x models], NaN where unknown; rows that nothing was learned from */
  readonly quality: Float32Array;
  /** [rows] */
  readonly distance: Float32Array;
  readonly near: number;
  readonly far: number;
}

/**
 * How much easier or harder than their prior far prompts turn out to be, for all models alike: who is best there few rows can
 * say. What lies far is no draw like any other: of RouteLLM's MMLU the models solve a third of it and three quarters of the rest.
 */
export function farLevel(mean: Float32Array, { quality, distance, near, far }: FarRows): number {
  const models = mean.length;
  let sum = 0;
  let rows = LEVEL_ROWS;
  distance.forEach((away, i) => {
    const doubt = Math.max(0, Math.min(1, (away - near) / Math.max(1e-6, far - near)));
    let rest = 0;
    let known = 0;
    for (let m = 0; m < models; m++) {
      const value = quality[i * models + m]!;
      if (Number.isNaN(value)) continue;
      rest += value - mean[m]!;
      known++;
    }
    if (known === 0) return;
    sum += (doubt * rest) / known;
    rows += doubt;
  });
  return sum / rows;
}
