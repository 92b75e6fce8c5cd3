import { Tensor } from "onnxruntime-node";
import { type Rng, shuffle } from "../../engine/rng.ts";
import { createTrainer } from "./adam.ts";
import type { LinearMap } from "./masked-ridge.ts";

export interface SoftmaxOptions {
  readonly epochs: number;
  /** On few rows more epochs are made, until there were this many steps. */
  readonly leastSteps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly decay: number;
}

export const SOFTMAX_DEFAULTS: SoftmaxOptions = {
  epochs: 25,
  leastSteps: 400,
  batch: 256,
  learningRate: 2e-3,
  decay: 1e-4,
};

/** Multinomial logistic regression by Adam with a rate that falls to 0. Rows with class -1 are left out. */
export async function fitSoftmax(
  x: Float32Array,
  classes: Int32Array,
  dimensions: number,
  classCount: number,
  rng: Rng,
  options: SoftmaxOptions = SOFTMAX_DEFAULTS,
): Promise<LinearMap> {
  const known = Int32Array.from(classes.keys()).filter((row) => classes[row]! >= 0);
  const zero = { weights: new Float32Array(dimensions * classCount), bias: new Float32Array(classCount) };
  if (known.length === 0) return { dimensions, outputs: classCount, ...zero };
  const size = Math.min(options.batch, known.length);
  const trainer = await createTrainer(
    [
      { name: "weights", dimensions: [dimensions, classCount], initial: zero.weights },
      { name: "bias", dimensions: [classCount], initial: zero.bias },
    ],
    (graph, parameters) => {
      const rows = graph.input("rows", "int32", [size]);
      const all = graph.input("x", "float", ["rows_all", dimensions]);
      const target = graph.input("target", "float", [size, classCount]);
      const picked = graph.op("Gather", [all, rows], { axis: { int: 0 } });
      const logit = graph.op("Gemm", [picked, parameters["weights"]!, parameters["bias"]!]);
      const residual = graph.op("Mul", [
        graph.op("Sub", [graph.op("Softmax", [logit], { axis: { int: 1 } }), target]),
        graph.constant("share", Float32Array.of(1 / size), [1]),
      ]);
      const pull = graph.op("Mul", [
        parameters["weights"]!,
        graph.constant("decay", Float32Array.of(options.decay), [1]),
      ]);
      return {
        loss: graph.op("ReduceMean", [graph.op("Mul", [residual, residual])], { keepdims: { int: 0 } }),
        gradients: {
          weights: graph.op("Add", [graph.op("Gemm", [picked, residual], { transA: { int: 1 } }), pull]),
          bias: graph.op("ReduceSum", [residual, graph.constant("axis", BigInt64Array.of(0n), [1])], {
            keepdims: { int: 0 },
          }),
        },
      };
    },
  );
  try {
    const all = new Tensor("float32", x, [x.length / dimensions, dimensions]);
    const epochs = epochsFor(options, Math.floor(known.length / size));
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(known, rng);
      const rate = options.learningRate * (1 - epoch / epochs);
      for (let from = 0; from + size <= known.length; from += size) {
        const rows = known.slice(from, from + size);
        const target = new Float32Array(size * classCount);
        rows.forEach((row, i) => {
          target[i * classCount + classes[row]!] = 1;
        });
        await trainer.step(
          {
            x: all,
            rows: new Tensor("int32", rows, [size]),
            target: new Tensor("float32", target, [size, classCount]),
          },
          rate,
        );
      }
    }
    const { weights, bias } = trainer.snapshot();
    return { dimensions, outputs: classCount, weights: weights!, bias: bias! };
  } finally {
    await trainer.close();
  }
}

/** Epochs that also make the least number of steps. */
export function epochsFor(
  options: { readonly epochs: number; readonly leastSteps: number },
  stepsAnEpoch: number,
): number {
  return Math.max(options.epochs, Math.ceil(options.leastSteps / Math.max(1, stepsAnEpoch)));
}
