import { Tensor } from "onnxruntime-node";
import { shuffle } from "../../engine/rng.ts";
import { defineEstimator, type FittedEstimator } from "../estimator.ts";
import { createTrainer } from "../learn/adam.ts";
import { applyLinear, linearToOnnx } from "../learn/linear-map.ts";
import { labelsOf, meanLogits } from "../learn/masked-labels.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";
import { epochsFor } from "../learn/softmax.ts";

export interface LogisticOptions {
  readonly epochs: number;
  /** On few rows more epochs are made, until there were this many steps. */
  readonly leastSteps: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Decay of the mean weights over models. */
  readonly decay: number;
  /** Decay of what tells a model's weights from the mean ones. */
  readonly differenceDecay: number;
}

/** Logistic regression for all models at once; each model's weights are pulled towards the mean ones. */
export default defineEstimator<LogisticOptions>({
  name: "logistic",
  defaults: { epochs: 25, leastSteps: 400, batch: 128, learningRate: 3e-3, decay: 1e-3, differenceDecay: 1e-2 },
  async fit(rows, options, context) {
    const { count, dimensions, modelCount } = rows;
    const { y, weight } = labelsOf(rows);
    const scale = Math.max(1e-9, weight.reduce((sum, value) => sum + value, 0) / weight.length);
    const size = Math.max(1, Math.min(options.batch, count));
    const trainer = await createTrainer(
      [
        {
          name: "weights",
          dimensions: [dimensions, modelCount],
          initial: new Float32Array(dimensions * modelCount),
        },
        { name: "bias", dimensions: [modelCount], initial: meanLogits(y, weight, modelCount) },
      ],
      (graph, parameters) => {
        const picked = graph.input("rows", "int32", [size]);
        const gather = (name: string, columns: number) =>
          graph.op("Gather", [graph.input(name, "float", ["rows_all", columns]), picked], { axis: { int: 0 } });
        const number = (value: number) => graph.constant("n", Float32Array.of(value), [1]);
        const x = gather("x", dimensions);
        const logit = graph.op("Gemm", [x, parameters["weights"]!, parameters["bias"]!]);
        const error = graph.op("Sub", [graph.op("Sigmoid", [logit]), gather("y", modelCount)]);
        const residual = graph.op("Mul", [
          graph.op("Mul", [error, gather("weight", modelCount)]),
          number(1 / (size * scale)),
        ]);
        const mean = graph.op("ReduceMean", [parameters["weights"]!], { axes: { ints: [1] }, keepdims: { int: 1 } });
        const apart = graph.op("Mul", [
          graph.op("Sub", [parameters["weights"]!, mean]),
          number(options.differenceDecay),
        ]);
        const pull = graph.op("Add", [apart, graph.op("Mul", [mean, number(options.decay)])]);
        return {
          loss: graph.op("ReduceMean", [graph.op("Mul", [error, error])], { keepdims: { int: 0 } }),
          gradients: {
            weights: graph.op("Add", [graph.op("Gemm", [x, residual], { transA: { int: 1 } }), pull]),
            bias: graph.op("ReduceSum", [residual, graph.constant("axis", BigInt64Array.of(0n), [1])], {
              keepdims: { int: 0 },
            }),
          },
        };
      },
    );
    const all = {
      x: new Tensor("float32", rows.x, [count, dimensions]),
      y: new Tensor("float32", y, [count, modelCount]),
      weight: new Tensor("float32", weight, [count, modelCount]),
    };
    const order = Int32Array.from({ length: count }, (_, i) => i);
    try {
      const epochs = epochsFor(options, Math.floor(count / size));
      for (let epoch = 0; epoch < epochs; epoch++) {
        shuffle(order, context.rng);
        let loss = 0;
        for (let from = 0; from + size <= count; from += size) {
          const picked = new Tensor("int32", order.slice(from, from + size), [size]);
          loss = await trainer.step({ ...all, rows: picked }, options.learningRate * (1 - epoch / epochs));
        }
        context.progress((epoch + 1) / epochs, loss);
      }
      const { weights, bias } = trainer.snapshot();
      return fittedLogistic({ dimensions, outputs: modelCount, weights: weights!, bias: bias! });
    } finally {
      await trainer.close();
    }
  },
});

function fittedLogistic(map: LinearMap): FittedEstimator {
  return {
    predict(x, count) {
      const score = applyLinear(map, x, count).map((logit) => 1 / (1 + Math.exp(-logit)));
      return { score, spread: new Float32Array(score.length) };
    },
    toOnnx(graph, x) {
      const score = graph.op("Sigmoid", [linearToOnnx(graph, "logistic", map, x)]);
      return { score, spread: graph.op("Mul", [score, graph.constant("nought", Float32Array.of(0), [1])]) };
    },
  };
}
