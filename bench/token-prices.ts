import type { QualityTable } from "../datasets/quality-table.ts";
import type { Pool } from "./pool.ts";

/** What a model's answer costs, learned from recorded costs, because records carry no price list. */
export type TokenPrice =
  | {
      readonly kind: "tokens";
      readonly base: number;
      readonly input: number;
      readonly output: number;
      readonly meanUsd: number;
    }
  /** Where tokens are unknown or explain the cost badly: the mean. */
  | { readonly kind: "mean"; readonly usd: number };

const MIN_ROWS = 30;
const MIN_EXPLAINED = 0.9;
const RIDGE = 1e-9;

/** Least squares of recorded cost on input and output tokens, for each model of the pool; null in unpriced pools. */
export function fitTokenPrices(pool: Pool, table: QualityTable): TokenPrice[] | null {
  const { cost } = pool;
  if (cost === null) return null;
  const width = pool.models.length;
  return pool.models.map((model, index) => {
    const column = table.models.indexOf(model);
    const samples: [input: number, output: number, usd: number][] = [];
    let sum = 0;
    pool.rows.forEach((row, at) => {
      const usd = cost[at * width + index]!;
      sum += usd;
      const cell = row * table.models.length + column;
      const input = table.inputTokens?.[cell] ?? Number.NaN;
      const output = table.outputTokens?.[cell] ?? Number.NaN;
      if (Number.isFinite(input) && Number.isFinite(output)) samples.push([input, output, usd]);
    });
    const meanUsd = sum / pool.count;
    const fitted = samples.length < MIN_ROWS ? null : leastSquares(samples);
    return fitted === null ? { kind: "mean", usd: meanUsd } : { kind: "tokens", ...fitted, meanUsd };
  });
}

/** cost = base + input x a + output x b; null when a price comes out negative or too little is explained. */
function leastSquares(
  samples: readonly (readonly [number, number, number])[],
): { base: number; input: number; output: number } | null {
  const count = samples.length;
  const means = [0, 1, 2].map((at) => samples.reduce((sum, sample) => sum + sample[at]!, 0) / count);
  const [meanInput, meanOutput, meanUsd] = means as [number, number, number];
  let inputs = 0;
  let outputs = 0;
  let cross = 0;
  let inputCost = 0;
  let outputCost = 0;
  let total = 0;
  for (const [input, output, usd] of samples) {
    const x = input - meanInput;
    const y = output - meanOutput;
    const z = usd - meanUsd;
    inputs += x * x;
    outputs += y * y;
    cross += x * y;
    inputCost += x * z;
    outputCost += y * z;
    total += z * z;
  }
  const determinant = inputs * outputs - cross * cross;
  if (!(determinant > RIDGE * inputs * outputs)) return null;
  const input = (inputCost * outputs - outputCost * cross) / determinant;
  const output = (outputCost * inputs - inputCost * cross) / determinant;
  const explained = total === 0 ? 1 : (input * inputCost + output * outputCost) / total;
  if (!(input >= 0 && output >= 0 && explained >= MIN_EXPLAINED)) return null;
  return { base: meanUsd - input * meanInput - output * meanOutput, input, output };
}
