import { InferenceSession, Tensor } from "onnxruntime-node";
import { sessionOptions } from "../blas.ts";
import { createGraph, type GraphBuilder } from "../onnx/graph.ts";
import type { MaskedLabels, MlpOptions } from "./masked-mlp.ts";

/** Forward pass, loss and gradients of all members on drawn rows [members x batch] of x, y and weight. */
export function lossGraph(
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
export async function createEvaluator(
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
