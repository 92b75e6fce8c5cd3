import { applyLinear, linearToOnnx } from "../learn/linear-map.ts";
import { type LinearMap, ridgeProblem } from "../learn/masked-ridge.ts";
import type { GraphBuilder } from "../onnx/graph.ts";

/** Expected output tokens of each model. */
export interface OutputTokensHead {
  /** [count x models], > 0 */
  predict(x: Float32Array, count: number): Float32Array;
  toOnnx(graph: GraphBuilder, x: string): string;
}

/** Per 1,000 rows. */
const PENALTY = 60;
/** Used where no token count is known at all. */
const USUAL_TOKENS = 256;
const MIN_LABELS = 10;

/**
 * Ridge on log(1 + tokens) for each model, cut to the range that training saw. A model without token counts gets the
 * mean of the others. exp of the mean log plus half the residual variance: the mean of a log-normal, as cost is linear.
 */
export async function fitOutputTokens(
  x: Float32Array,
  count: number,
  dimensions: number,
  tokens: Float32Array,
  models: number,
): Promise<OutputTokensHead> {
  const logs = tokens.map((value) => (Number.isNaN(value) ? Number.NaN : Math.log1p(Math.max(0, value))));
  const problem = await ridgeProblem(x, count, dimensions, logs, models);
  const solved = problem.solve((PENALTY * Math.max(count, 1)) / 1000);
  const fitted = applyLinear(solved, x, count);
  const low = new Float32Array(models);
  const high = new Float32Array(models);
  const known: number[] = [];
  for (let m = 0; m < models; m++) {
    const values: number[] = [];
    let squared = 0;
    for (let i = 0; i < count; i++) {
      const value = logs[i * models + m]!;
      if (Number.isNaN(value)) continue;
      values.push(value);
      squared += (value - fitted[i * models + m]!) ** 2;
    }
    if (values.length < MIN_LABELS) continue;
    known.push(m);
    values.sort((a, b) => a - b);
    solved.bias[m]! += Math.min(0.5, squared / values.length / 2);
    low[m] = values[Math.floor(values.length * 0.01)]!;
    high[m] = values[Math.ceil(values.length * 0.99) - 1]! + 0.25;
  }
  fillUnknown(solved, low, high, known, models);
  return head(solved, low, high);
}

function fillUnknown(map: LinearMap, low: Float32Array, high: Float32Array, known: number[], models: number): void {
  for (let m = 0; m < models; m++) {
    if (known.includes(m)) continue;
    const mean = (values: Float32Array, offset: number, stride: number) =>
      known.reduce((sum, k) => sum + values[offset + k * stride]!, 0) / Math.max(1, known.length);
    for (let j = 0; j < map.dimensions; j++) map.weights[j * models + m] = mean(map.weights, j * models, 1);
    map.bias[m] = known.length > 0 ? mean(map.bias, 0, 1) : Math.log1p(USUAL_TOKENS);
    low[m] = known.length > 0 ? mean(low, 0, 1) : map.bias[m]!;
    high[m] = known.length > 0 ? mean(high, 0, 1) : map.bias[m]!;
  }
}

function head(map: LinearMap, low: Float32Array, high: Float32Array): OutputTokensHead {
  const models = map.outputs;
  return {
    predict(x, count) {
      return applyLinear(map, x, count).map((value, i) =>
        Math.exp(Math.max(low[i % models]!, Math.min(high[i % models]!, value))),
      );
    },
    toOnnx(graph, x) {
      const raw = linearToOnnx(graph, "tokens", map, x);
      const raised = graph.op("Max", [raw, graph.constant("tokens_low", low, [models])]);
      return graph.op("Exp", [graph.op("Min", [raised, graph.constant("tokens_high", high, [models])])]);
    },
  };
}
