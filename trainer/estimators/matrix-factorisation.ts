import { Tensor } from "onnxruntime-node";
import { nextNormal, type Rng, shuffle } from "../../engine/rng.ts";
import { defineEstimator, type FittedEstimator, type TrainingRows } from "../estimator.ts";
import { createTrainer, type LossGraph } from "../learn/adam.ts";
import { groupedFolds, pickRows } from "../learn/folds.ts";
import { applyLinear, linearToOnnx } from "../learn/linear-map.ts";
import { labelsOf } from "../learn/masked-labels.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";
import { modelMeans } from "./_model-means.ts";

export interface FactorisationOptions {
  /** Length of the vectors of prompts and models. */
  readonly rank: number;
  /** Fits whose probabilities are averaged, each with another fold held out for early stopping. */
  readonly members: number;
  readonly epochs: number;
  readonly patience: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Decay of what all models share. */
  readonly decay: number;
  /** Decay of both sides of the product, which holds the differences between models. */
  readonly factorDecay: number;
}

/**
 * logit = ability of the model + ease of the prompt + (prompt's vector) . (model's vector), the prompt's vector being a
 * linear projection of its features.
 *
 * @source EmbedLLM, arXiv:2410.02223; the matrix factorisation router of RouteLLM, arXiv:2406.18665
 */
export default defineEstimator<FactorisationOptions>({
  name: "matrix-factorisation",
  defaults: {
    rank: 16,
    members: 3,
    epochs: 40,
    patience: 4,
    batch: 128,
    learningRate: 3e-3,
    decay: 1e-3,
    factorDecay: 1e-2,
  },
  async fit(rows, options, context) {
    const fold = groupedFolds(rows.group, FOLDS, context.rng);
    const maps: LinearMap[] = [];
    for (let member = 0; member < options.members; member++) {
      const report = (done: number, loss: number) => context.progress((member + done) / options.members, loss);
      maps.push(await fitMember(rows, fold, member % FOLDS, options, context.rng, report));
    }
    return fittedFactors(maps, rows.modelCount);
  },
});

const FOLDS = 5;
/** Held-out rows below which nothing is stopped early. */
const LEAST_HELD = 20;

async function fitMember(
  rows: TrainingRows,
  fold: Int32Array,
  heldFold: number,
  options: FactorisationOptions,
  rng: Rng,
  report: (done: number, loss: number) => void,
): Promise<LinearMap> {
  const all = Int32Array.from({ length: rows.count }, (_, row) => row);
  const heldRows = all.filter((row) => fold[row] === heldFold);
  const canStop = heldRows.length >= LEAST_HELD && heldRows.length < rows.count;
  const train = canStop
    ? pickRows(
        rows,
        all.filter((row) => fold[row] !== heldFold),
      )
    : rows;
  const held = canStop ? pickRows(rows, heldRows) : null;
  const { count, dimensions, modelCount } = train;
  const { y, weight } = labelsOf(train);
  const mass = Math.max(1e-9, weight.reduce((sum, value) => sum + value, 0) / weight.length);
  const size = Math.min(options.batch, count);
  const start = startOf(train, options, rng);
  const trainer = await createTrainer(start, factorLoss(dimensions, modelCount, size, 1 / (size * mass), options));
  const feeds = {
    x: new Tensor("float32", train.x, [count, dimensions]),
    y: new Tensor("float32", y, [count, modelCount]),
    weight: new Tensor("float32", weight, [count, modelCount]),
  };
  const order = Int32Array.from({ length: count }, (_, row) => row);
  let best = {
    map: foldProduct(trainer.snapshot(), dimensions, modelCount),
    loss: Number.POSITIVE_INFINITY,
    epoch: -1,
  };
  try {
    for (let epoch = 0; epoch < options.epochs && epoch - best.epoch <= options.patience; epoch++) {
      shuffle(order, rng);
      let loss = 0;
      const rate = options.learningRate * (1 - epoch / options.epochs);
      for (let from = 0; from + size <= count; from += size) {
        loss = await trainer.step(
          { ...feeds, rows: new Tensor("int32", order.slice(from, from + size), [size]) },
          rate,
        );
      }
      const map = foldProduct(trainer.snapshot(), dimensions, modelCount);
      const heldLoss = held === null ? -epoch : logLoss(map, held);
      if (heldLoss < best.loss - 1e-5) best = { map, loss: heldLoss, epoch };
      report((epoch + 1) / options.epochs, held === null ? loss : heldLoss);
    }
  } finally {
    await trainer.close();
  }
  return best.map;
}

function startOf(rows: TrainingRows, { rank }: FactorisationOptions, rng: Rng) {
  const { dimensions, modelCount } = rows;
  const ability = modelMeans(rows).map((mean) => {
    const inside = Math.min(0.99, Math.max(0.01, mean));
    return Math.log(inside / (1 - inside));
  });
  const normal = (length: number, scale: number) => Float32Array.from({ length }, () => scale * nextNormal(rng));
  return [
    { name: "ease", dimensions: [dimensions, 1], initial: new Float32Array(dimensions) },
    {
      name: "project",
      dimensions: [dimensions, rank],
      initial: normal(dimensions * rank, 0.3 / Math.sqrt(dimensions)),
    },
    { name: "vectors", dimensions: [rank, modelCount], initial: normal(rank * modelCount, 0.3 / Math.sqrt(rank)) },
    { name: "ability", dimensions: [modelCount], initial: ability },
  ];
}

function factorLoss(
  dimensions: number,
  models: number,
  size: number,
  scale: number,
  { decay, factorDecay }: FactorisationOptions,
): LossGraph {
  return (graph, parameters) => {
    const { ease, project, vectors, ability } = parameters as Record<
      "ease" | "project" | "vectors" | "ability",
      string
    >;
    const number = (value: number) => graph.constant("number", Float32Array.of(value), [1]);
    const picked = graph.input("rows", "int32", [size]);
    const gather = (name: string, columns: number) =>
      graph.op("Gather", [graph.input(name, "float", ["rows_all", columns]), picked], { axis: { int: 0 } });
    const x = gather("x", dimensions);
    const vector = graph.op("MatMul", [x, project]);
    const shared = graph.op("MatMul", [x, ease]);
    const logit = graph.op("Add", [graph.op("Gemm", [vector, vectors, ability]), shared]);
    const error = graph.op("Sub", [graph.op("Sigmoid", [logit]), gather("y", models)]);
    const residual = graph.op("Mul", [graph.op("Mul", [error, gather("weight", models)]), number(scale)]);
    const pulled = (gradient: string, parameter: string, by: number) =>
      graph.op("Add", [gradient, graph.op("Mul", [parameter, number(by)])]);
    const down = (operator: string, value: string, axis: bigint, keep: number) =>
      graph.op(operator, [value, graph.constant("axis", BigInt64Array.of(axis), [1])], { keepdims: { int: keep } });
    const across = (left: string, right: string) => graph.op("Gemm", [left, right], { transA: { int: 1 } });
    const atVector = graph.op("Gemm", [residual, vectors], { transB: { int: 1 } });
    return {
      loss: graph.op("ReduceMean", [graph.op("Mul", [error, error])], { keepdims: { int: 0 } }),
      gradients: {
        ease: pulled(across(x, down("ReduceSum", residual, 1n, 1)), ease, decay),
        project: pulled(across(x, atVector), project, factorDecay),
        vectors: pulled(across(vector, residual), vectors, factorDecay),
        ability: down("ReduceSum", residual, 0n, 0),
      },
    };
  };
}

/** The product of two linear maps is one: x (project vectors + ease) + ability. */
function foldProduct(parameters: Record<string, Float32Array>, dimensions: number, models: number): LinearMap {
  const { ease, project, vectors, ability } = parameters as Record<
    "ease" | "project" | "vectors" | "ability",
    Float32Array
  >;
  const rank = project.length / dimensions;
  const weights = new Float32Array(dimensions * models);
  for (let j = 0; j < dimensions; j++) {
    for (let model = 0; model < models; model++) {
      let sum = ease[j]!;
      for (let r = 0; r < rank; r++) sum += project[j * rank + r]! * vectors[r * models + model]!;
      weights[j * models + model] = sum;
    }
  }
  return { dimensions, outputs: models, weights, bias: ability };
}

function logLoss(map: LinearMap, rows: TrainingRows): number {
  const { y, weight } = labelsOf(rows);
  const logits = applyLinear(map, rows.x, rows.count);
  let sum = 0;
  let mass = 0;
  for (let at = 0; at < logits.length; at++) {
    const z = logits[at]!;
    sum += weight[at]! * (Math.max(0, z) - y[at]! * z + Math.log1p(Math.exp(-Math.abs(z))));
    mass += weight[at]!;
  }
  return mass > 0 ? sum / mass : 0;
}

function fittedFactors(maps: readonly LinearMap[], models: number): FittedEstimator {
  return {
    predict(x, count) {
      const parts = maps.map((map) => applyLinear(map, x, count).map((logit) => 1 / (1 + Math.exp(-logit))));
      const score = new Float32Array(count * models);
      const spread = new Float32Array(count * models);
      for (let at = 0; at < score.length; at++) {
        let sum = 0;
        for (const part of parts) sum += part[at]!;
        const mean = sum / parts.length;
        let squares = 0;
        for (const part of parts) squares += (part[at]! - mean) ** 2;
        score[at] = mean;
        spread[at] = Math.sqrt(squares / parts.length);
      }
      return { score, spread };
    },
    toOnnx(graph, x) {
      const parts = maps.map((map) => graph.op("Sigmoid", [linearToOnnx(graph, "factor", map, x)]));
      const score = graph.op("Mean", parts);
      const squares = parts.map((part) => {
        const apart = graph.op("Sub", [part, score]);
        return graph.op("Mul", [apart, apart]);
      });
      return { score, spread: graph.op("Sqrt", [graph.op("Mean", squares)]) };
    },
  };
}
