import { Tensor } from "onnxruntime-node";
import { nextNormal, type Rng, shuffle } from "../../engine/rng.ts";
import { createTrainer, type Parameter } from "./adam.ts";
import { createEvaluator, lossGraph } from "./masked-mlp-graph.ts";

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

function rowsWhere(fold: Int32Array, wanted: (fold: number) => boolean): Int32Array {
  return Int32Array.from(fold.keys()).filter((row) => wanted(fold[row]!));
}
