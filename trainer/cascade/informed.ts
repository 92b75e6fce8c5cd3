import { ANSWER_FEATURE_COUNT } from "../../engine/answer/answer-features.ts";
import type { Called } from "../../engine/cascade/informed-rows.ts";
import { INPUT_CLIP, QUALITY_EDGE } from "../../engine/cascade/informed-scorer.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";
import type { CascadeRows } from "./cascade-rows.ts";
import { fitLogistic, predictLogistic } from "./logistic.ts";

/** Mean and scale of each input, fixed on the train rows. */
export interface Scaling {
  /** [models] of the logits of expected quality. */
  readonly context: { readonly mean: Float32Array; readonly scale: Float32Array };
  /** [models x features]; scale 0 leaves a constant feature out. */
  readonly features: { readonly mean: Float32Array; readonly scale: Float32Array };
  /** [models x models] share of rows on which two models agree. */
  readonly agreement: Float32Array;
}

/** Quality of every model of a pool, given the answers of some. */
export interface InformedModel {
  readonly called: Called;
  readonly map: LinearMap;
}

export function logitOf(quality: number): number {
  const inside = Math.min(1 - QUALITY_EDGE, Math.max(QUALITY_EDGE, quality));
  return Math.log(inside / (1 - inside));
}

export function fitScaling(rows: CascadeRows): Scaling {
  const width = rows.models.length;
  const logits = rows.expected.map(logitOf);
  const everything = new Uint8Array(rows.count * width).fill(1);
  const answered = Uint8Array.from(rows.answers, (answer) => (answer === null ? 0 : 1));
  const agreement = new Float32Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) agreement[i * width + j] = agreementShare(rows, i, j);
  }
  return {
    context: columnScales(logits, everything, width, 1),
    features: columnScales(rows.features, answered, width, ANSWER_FEATURE_COUNT),
    agreement,
  };
}

/** How many inputs an informed model of so many answers has. */
export function informedWidth(models: number, called: number): number {
  return models + called * ANSWER_FEATURE_COUNT + (called * (called - 1)) / 2;
}

/** [rows x informedWidth]: logits of what was expected, features of the called, agreement of each two of them. */
export function informedDesign(rows: CascadeRows, called: Called, scaling: Scaling): Float32Array {
  const width = rows.models.length;
  const size = informedWidth(width, called.length);
  const out = new Float32Array(rows.count * size);
  for (let row = 0; row < rows.count; row++) {
    let at = row * size;
    for (let m = 0; m < width; m++) {
      out[at++] = scaled(logitOf(rows.expected[row * width + m]!), scaling.context, m);
    }
    for (const m of called) {
      const from = (row * width + m) * ANSWER_FEATURE_COUNT;
      for (let f = 0; f < ANSWER_FEATURE_COUNT; f++) {
        out[at++] = scaled(rows.features[from + f]!, scaling.features, m * ANSWER_FEATURE_COUNT + f);
      }
    }
    for (let i = 0; i < called.length; i++) {
      for (let j = i + 1; j < called.length; j++) {
        const [a, b] = [called[i]!, called[j]!];
        out[at++] = 2 * (Number(agrees(rows, row, a, b)) - scaling.agreement[a * width + b]!);
      }
    }
  }
  return out;
}

export async function fitInformed(
  rows: CascadeRows,
  called: Called,
  scaling: Scaling,
  penalty: number,
): Promise<InformedModel> {
  const x = informedDesign(rows, called, scaling);
  const size = informedWidth(rows.models.length, called.length);
  return { called, map: await fitLogistic(x, rows.count, size, rows.observed, rows.models.length, penalty) };
}

/** [rows x models] */
export function predictInformed({ called, map }: InformedModel, rows: CascadeRows, scaling: Scaling): Float32Array {
  return predictLogistic(map, informedDesign(rows, called, scaling), rows.count);
}

export function agrees(rows: CascadeRows, row: number, a: number, b: number): boolean {
  const width = rows.models.length;
  const answer = rows.answers[row * width + a];
  return answer !== null && answer !== "" && answer === rows.answers[row * width + b];
}

function agreementShare(rows: CascadeRows, a: number, b: number): number {
  let both = 0;
  for (let row = 0; row < rows.count; row++) both += Number(agrees(rows, row, a, b));
  return both / Math.max(1, rows.count);
}

function scaled(value: number, { mean, scale }: Scaling["context"], at: number): number {
  return Math.max(-INPUT_CLIP, Math.min(INPUT_CLIP, (value - mean[at]!) * scale[at]!));
}

function columnScales(matrix: Float32Array, isKnown: Uint8Array, width: number, depth: number): Scaling["context"] {
  const columns = width * depth;
  const count = isKnown.length / width;
  const mean = new Float32Array(columns);
  const scale = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    const model = Math.floor(column / depth);
    let known = 0;
    let sum = 0;
    let squares = 0;
    for (let row = 0; row < count; row++) {
      if (isKnown[row * width + model] === 0) continue;
      const value = matrix[row * columns + column]!;
      known++;
      sum += value;
      squares += value * value;
    }
    mean[column] = known === 0 ? 0 : sum / known;
    const variance = known === 0 ? 0 : squares / known - (sum / known) ** 2;
    scale[column] = variance < 1e-8 ? 0 : 1 / Math.sqrt(variance);
  }
  return { mean, scale };
}
