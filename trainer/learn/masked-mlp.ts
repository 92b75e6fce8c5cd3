import { InferenceSession, Tensor } from "onnxruntime-node";
import { nextNormal, type Rng, shuffle } from "../../engine/rng.ts";
import { sessionOptions } from "../blas.ts";
import { createGraph, type GraphBuilder } from "../onnx/graph.ts";
import { createTrainer, type Parameter } from "./adam.ts";

export interface MlpOptions {
  readonly members: number;
  readonly hidden: number;
  readonly epochs: number;
  readonly patience: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Weight decay of the first layer and of the mean read-out. */
  readonly decay: number;
  /** Weight decay of what tells models apart: each read-out less the mean one. */
  readonly differenceDecay: number;
  /** A linear path from x beside the hidden layer. */
  readonly skip: boolean;
}

/** Labels with their masks: y where known, weight 0 where not. [count x models] */
export interface MaskedLabels {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly weight: Float32Array;
  readonly count: number;
}

/** Weights of all members, member-major. */
export interface MlpWeights {
  readonly dimensions: number;
  readonly hidden: number;
  readonly models: number;
  readonly members: number;
  /** [members x dimensions x hidden] */
  readonly first: Float32Array;
  readonly firstBias: Float32Array;
  /** [members x hidden x models] */
  readonly second: Float32Array;
  readonly secondBias: Float32Array;
  /** [members x dimensions x models]; null without a linear path. */
  readonly skip: Float32Array | null;
}

/**
 * Ensemble of one-hidden-layer networks, all models in one pass, all members in one batched product. Masked binary
 * cross-entropy on soft labels, Adam, each member on its own order and start. Member k never trains on the rows of fold
 * k and keeps the weights of its best epoch there, so members stop early one by one and every row trains most of them.
 *
 * @param fold [count] fold of each row, whole groups; folds beyond the number of members are held out by none
 */
export async function fitMaskedMlp(
  train: MaskedLabels,
  fold: Int32Array,
  dimensions: number,
  models: number,
  options: MlpOptions,
  rng: Rng,
  progress: (done: number, loss: number) => void,
): Promise<MlpWeights> {
  const { members, hidden, batch } = options;
  const parameters = initialWeights(train, dimensions, models, options, rng);
  // A member whose fold is everything there is trains on everything.
  const orders = Array.from({ length: members }, (_, member) => {
    const others = rowsWhere(fold, (of) => of !== member);
    return others.length === 0 ? rowsWhere(fold, () => true) : others;
  });
  const held = Array.from({ length: members }, (_, member) => rowsWhere(fold, (of) => of === member));
  const shortest = Math.min(...orders.map((order) => order.length));
  const size = Math.min(batch, shortest);
  const trainer = await createTrainer(parameters, (graph, named) =>
    lossGraph(graph, named, dimensions, models, options, scaleOf(train, models)),
  );
  const evaluate = await createEvaluator(train, held, dimensions, models, options);
  const x = new Tensor("float32", train.x, [train.count, dimensions]);
  const y = new Tensor("float32", train.y, [train.count, models]);
  const weight = new Tensor("float32", train.weight, [train.count, models]);
  const best = trainer.snapshot();
  const bestLoss = new Float64Array(members).fill(Number.POSITIVE_INFINITY);
  let stale = 0;
  try {
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      for (const order of orders) shuffle(order, rng);
      for (let from = 0; from + size <= shortest; from += size) {
        const picked = new Int32Array(members * size);
        orders.forEach((order, member) => {
          picked.set(order.subarray(from, from + size), member * size);
        });
        await trainer.step({ x, y, weight, rows: new Tensor("int32", picked, [members, size]) }, options.learningRate);
      }
      const now = trainer.snapshot();
      const losses = await evaluate.losses(now);
      const improved = keepBetter(best, now, bestLoss, losses, members);
      progress((epoch + 1) / options.epochs, losses.reduce((sum, loss) => sum + loss, 0) / members);
      stale = improved ? 0 : stale + 1;
      if (stale >= options.patience) break;
    }
  } finally {
    await trainer.close();
    await evaluate.close();
  }
  progress(1, bestLoss.reduce((sum, loss) => sum + loss, 0) / members);
  return {
    dimensions,
    hidden,
    models,
    members,
    first: best["first"]!,
    firstBias: best["first_bias"]!,
    second: best["second"]!,
    secondBias: best["second_bias"]!,
    skip: options.skip ? best["skip"]! : null,
  };
}

function initialWeights(
  train: MaskedLabels,
  dimensions: number,
  models: number,
  options: MlpOptions,
  rng: Rng,
): Parameter[] {
  const { members, hidden } = options;
  const normal = (length: number, deviation: number) =>
    Float32Array.from({ length }, () => nextNormal(rng) * deviation);
  const prior = new Float32Array(members * models);
  for (let m = 0; m < models; m++) {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < train.count; i++) {
      sum += train.y[i * models + m]! * train.weight[i * models + m]!;
      total += train.weight[i * models + m]!;
    }
    const mean = Math.min(0.99, Math.max(0.01, total > 0 ? sum / total : 0.5));
    for (let k = 0; k < members; k++) prior[k * models + m] = Math.log(mean / (1 - mean));
  }
  return [
    {
      name: "first",
      dimensions: [members, dimensions, hidden],
      initial: normal(members * dimensions * hidden, 0.7 * Math.sqrt(2 / dimensions)),
    },
    { name: "first_bias", dimensions: [members, 1, hidden], initial: new Float32Array(members * hidden) },
    {
      name: "second",
      dimensions: [members, hidden, models],
      initial: normal(members * hidden * models, 0.5 * Math.sqrt(1 / hidden)),
    },
    { name: "second_bias", dimensions: [members, 1, models], initial: prior },
    ...(options.skip
      ? [
          {
            name: "skip",
            dimensions: [members, dimensions, models],
            initial: new Float32Array(members * dimensions * models),
          },
        ]
      : []),
  ];
}

/** Mean label weight, so that the step size does not depend on how many labels are missing. */
function scaleOf(train: MaskedLabels, models: number): number {
  let sum = 0;
  for (const weight of train.weight) sum += weight;
  return Math.max(1e-9, sum / (train.count * models));
}

function lossGraph(
  graph: GraphBuilder,
  parameters: Readonly<Record<string, string>>,
  dimensions: number,
  models: number,
  options: MlpOptions,
  scale: number,
): { loss: string; gradients: Record<string, string> } {
  const { members } = options;
  const gather = (name: string, columns: number) =>
    graph.op("Gather", [graph.input(name, "float", ["rows_all", columns]), rows], { axis: { int: 0 } });
  const rows = graph.input("rows", "int32", [members, "batch"]);
  const x = gather("x", dimensions);
  const y = gather("y", models);
  const weight = gather("weight", models);
  const transpose = (value: string) => graph.op("Transpose", [value], { perm: { ints: [0, 2, 1] } });
  const sumRows = (value: string) =>
    graph.op("ReduceSum", [value, graph.constant("axis", BigInt64Array.of(1n), [1])], { keepdims: { int: 1 } });
  const number = (value: number) => graph.constant("n", Float32Array.of(value), [1]);

  const before = graph.op("Add", [graph.op("MatMul", [x, parameters["first"]!]), parameters["first_bias"]!]);
  const hidden = graph.op("Relu", [before]);
  let logit = graph.op("Add", [graph.op("MatMul", [hidden, parameters["second"]!]), parameters["second_bias"]!]);
  if (options.skip) logit = graph.op("Add", [logit, graph.op("MatMul", [x, parameters["skip"]!])]);
  const p = graph.op("Sigmoid", [logit]);
  const residual = graph.op("Mul", [graph.op("Sub", [p, y]), weight]);
  const loss = graph.op("ReduceMean", [graph.op("Mul", [residual, residual])], { keepdims: { int: 0 } });
  // d loss / d logit = (p - y) weight / (batch x models x mean weight); the batch is the middle axis.
  const batch = graph.op(
    "Cast",
    [graph.op("Gather", [graph.op("Shape", [rows]), graph.constant("one", BigInt64Array.of(1n), [1])])],
    { to: { int: 1 } },
  );
  const gradientLogit = graph.op("Div", [residual, graph.op("Mul", [batch, number(models * scale)])]);
  const active = graph.op("Cast", [graph.op("Greater", [before, number(0)])], { to: { int: 1 } });
  const gradientHidden = graph.op("Mul", [
    graph.op("MatMul", [gradientLogit, transpose(parameters["second"]!)]),
    active,
  ]);
  const decayed = (gradient: string, parameter: string, decay: number) =>
    decay === 0 ? gradient : graph.op("Add", [gradient, graph.op("Mul", [parameter, number(decay)])]);
  /** Decay towards the mean over models, and of that mean towards 0. */
  const pulled = (gradient: string, parameter: string) => {
    const mean = graph.op("ReduceMean", [parameter], { axes: { ints: [2] }, keepdims: { int: 1 } });
    const apart = graph.op("Mul", [graph.op("Sub", [parameter, mean]), number(options.differenceDecay)]);
    const shared = graph.op("Mul", [mean, number(options.decay)]);
    return graph.op("Add", [graph.op("Add", [gradient, apart]), shared]);
  };
  const gradients: Record<string, string> = {
    first: decayed(graph.op("MatMul", [transpose(x), gradientHidden]), parameters["first"]!, options.decay),
    first_bias: sumRows(gradientHidden),
    second: pulled(graph.op("MatMul", [transpose(hidden), gradientLogit]), parameters["second"]!),
    second_bias: sumRows(gradientLogit),
  };
  if (options.skip) {
    gradients["skip"] = pulled(graph.op("MatMul", [transpose(x), gradientLogit]), parameters["skip"]!);
  }
  return { loss, gradients };
}

/** Loss of each member on the rows that it holds out. */
async function createEvaluator(
  labels: MaskedLabels,
  held: readonly Int32Array[],
  dimensions: number,
  models: number,
  options: MlpOptions,
) {
  const { members, hidden } = options;
  const longest = Math.max(...held.map((rows) => rows.length));
  const graph = createGraph("evaluate");
  const rows = graph.input("rows", "int32", [members, longest]);
  const x = graph.op("Gather", [graph.input("x", "float", ["rows_all", dimensions]), rows], { axis: { int: 0 } });
  const shapes: Record<string, number[]> = {
    first: [members, dimensions, hidden],
    first_bias: [members, 1, hidden],
    second: [members, hidden, models],
    second_bias: [members, 1, models],
    ...(options.skip ? { skip: [members, dimensions, models] } : {}),
  };
  for (const [name, shape] of Object.entries(shapes)) graph.input(name, "float", shape);
  const before = graph.op("Add", [graph.op("MatMul", [x, "first"]), "first_bias"]);
  let logit = graph.op("Add", [graph.op("MatMul", [graph.op("Relu", [before]), "second"]), "second_bias"]);
  if (options.skip) logit = graph.op("Add", [logit, graph.op("MatMul", [x, "skip"])]);
  graph.output(logit, "logit", "float", [members, longest, models]);
  const session = await InferenceSession.create(graph.bytes(), sessionOptions);
  const picked = new Int32Array(members * longest);
  held.forEach((of, member) => {
    picked.set(of, member * longest);
  });
  const fixed = {
    x: new Tensor("float32", labels.x, [labels.count, dimensions]),
    rows: new Tensor("int32", picked, [members, longest]),
  };

  return {
    async losses(weights: Record<string, Float32Array>): Promise<Float64Array> {
      const feeds: Record<string, Tensor> = { ...fixed };
      for (const [name, shape] of Object.entries(shapes)) feeds[name] = new Tensor("float32", weights[name]!, shape);
      const logits = (await session.run(feeds))["logit"]!.data as Float32Array;
      return Float64Array.from(held, (of, member) => {
        let sum = 0;
        let total = 0;
        of.forEach((row, i) => {
          for (let m = 0; m < models; m++) {
            const weight = labels.weight[row * models + m]!;
            if (weight === 0) continue;
            const z = logits[(member * longest + i) * models + m]!;
            // -log likelihood of a soft label: log(1 + e^z) - y z, in its stable form.
            sum += weight * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - labels.y[row * models + m]! * z);
            total += weight;
          }
        });
        return total > 0 ? sum / total : 0;
      });
    },
    async close() {
      await session.release();
    },
  };
}

function rowsWhere(fold: Int32Array, wanted: (fold: number) => boolean): Int32Array {
  return Int32Array.from(fold.keys()).filter((row) => wanted(fold[row]!));
}

/** Copies the weights of each member that got better; true when any did. */
function keepBetter(
  best: Record<string, Float32Array>,
  now: Record<string, Float32Array>,
  bestLoss: Float64Array,
  losses: Float64Array,
  members: number,
): boolean {
  let improved = false;
  for (let k = 0; k < members; k++) {
    if (!(losses[k]! < bestLoss[k]! - 1e-5)) continue;
    improved = true;
    bestLoss[k] = losses[k]!;
    for (const [name, data] of Object.entries(now)) {
      const size = data.length / members;
      best[name]!.set(data.subarray(k * size, (k + 1) * size), k * size);
    }
  }
  return improved;
}
