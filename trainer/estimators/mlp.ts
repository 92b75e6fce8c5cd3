import { affine } from "../blas.ts";
import { defineEstimator, type FittedEstimator } from "../estimator.ts";
import { groupedFolds } from "../learn/folds.ts";
import { labelsOf } from "../learn/masked-labels.ts";
import { fitMaskedMlp, type MlpOptions, type MlpWeights } from "../learn/masked-mlp.ts";
import type { GraphBuilder } from "../onnx/graph.ts";

interface MlpEstimatorOptions extends Omit<MlpOptions, "decay" | "differenceDecay"> {
  /** Labels that the prior on the weights counts for, and that on what tells models apart: the same at any number of rows. */
  readonly priorLabels: number;
  readonly differencePriorLabels: number;
}

/** With few labels the prior is held to this, or nothing would be learned. */
const MOST_DECAY = 2e-3;

/** Low-rank multi-task ensemble: one hidden layer shared by all models, probabilities averaged over members. */
export default defineEstimator<MlpEstimatorOptions>({
  name: "mlp",
  defaults: {
    members: 5,
    hidden: 64,
    epochs: 60,
    patience: 6,
    batch: 128,
    learningRate: 1e-3,
    priorLabels: 30,
    differencePriorLabels: 30,
    skip: false,
  },
  async fit(rows, options, context) {
    const fold = groupedFolds(rows.group, Math.max(options.members, 5), context.rng);
    const batch = Math.max(8, Math.min(options.batch * Math.ceil(rows.count / 40_000), Math.floor(rows.count / 8)));
    const labels = rows.quality.reduce((known, value) => known + (Number.isNaN(value) ? 0 : 1), 0);
    const decayOf = (prior: number) => Math.min(MOST_DECAY, prior / Math.max(1, labels));
    const weights = await fitMaskedMlp(
      { x: rows.x, ...labelsOf(rows), count: rows.count },
      fold,
      rows.dimensions,
      rows.modelCount,
      {
        ...options,
        batch,
        decay: decayOf(options.priorLabels),
        differenceDecay: decayOf(options.differencePriorLabels),
      },
      context.rng,
      context.progress,
    );
    return fittedMlp(weights);
  },
});

function fittedMlp(weights: MlpWeights): FittedEstimator {
  const { members, models } = weights;
  return {
    predict(x, count) {
      const mean = new Float64Array(count * models);
      const square = new Float64Array(count * models);
      for (let k = 0; k < members; k++) {
        const logit = memberLogits(weights, k, x, count);
        for (let i = 0; i < logit.length; i++) {
          const p = 1 / (1 + Math.exp(-logit[i]!));
          mean[i]! += p / members;
          square[i]! += (p * p) / members;
        }
      }
      const score = Float32Array.from(mean);
      return { score, spread: Float32Array.from(square, (value, i) => Math.sqrt(Math.max(0, value - mean[i]! ** 2))) };
    },
    toOnnx: (graph, x) => mlpToOnnx(weights, graph, x),
  };
}

function memberLogits(weights: MlpWeights, member: number, x: Float32Array, count: number): Float32Array {
  const { dimensions, hidden, models } = weights;
  const part = (values: Float32Array, size: number) => values.subarray(member * size, (member + 1) * size);
  const first = part(weights.first, dimensions * hidden);
  const z = affine(x, count, dimensions, first, part(weights.firstBias, hidden), hidden);
  for (let i = 0; i < z.length; i++) if (z[i]! < 0) z[i] = 0;
  const logit = affine(
    z,
    count,
    hidden,
    part(weights.second, hidden * models),
    part(weights.secondBias, models),
    models,
  );
  if (weights.skip) {
    const straight = affine(x, count, dimensions, part(weights.skip, dimensions * models), null, models);
    for (let i = 0; i < logit.length; i++) logit[i]! += straight[i]!;
  }
  return logit;
}

/** Members side by side: the first layer is one product, the read-outs are batched. */
function mlpToOnnx(weights: MlpWeights, graph: GraphBuilder, x: string): { score: string; spread: string } {
  const { dimensions, hidden, models, members } = weights;
  const input = graph.op("Unsqueeze", [x, graph.constant("member_axis", BigInt64Array.of(0n), [1])]);
  const before = graph.op("Add", [
    graph.op("MatMul", [input, graph.constant("mlp_first", weights.first, [members, dimensions, hidden])]),
    graph.constant("mlp_first_bias", weights.firstBias, [members, 1, hidden]),
  ]);
  let logit = graph.op("Add", [
    graph.op("MatMul", [
      graph.op("Relu", [before]),
      graph.constant("mlp_second", weights.second, [members, hidden, models]),
    ]),
    graph.constant("mlp_second_bias", weights.secondBias, [members, 1, models]),
  ]);
  if (weights.skip) {
    const skip = graph.constant("mlp_skip", weights.skip, [members, dimensions, models]);
    logit = graph.op("Add", [logit, graph.op("MatMul", [input, skip])]);
  }
  const p = graph.op("Sigmoid", [logit]);
  const overMembers = { axes: { ints: [0] }, keepdims: { int: 0 } };
  const score = graph.op("ReduceMean", [p], overMembers);
  const apart = graph.op("Sub", [p, score]);
  const variance = graph.op("ReduceMean", [graph.op("Mul", [apart, apart])], overMembers);
  return { score, spread: graph.op("Sqrt", [variance]) };
}
