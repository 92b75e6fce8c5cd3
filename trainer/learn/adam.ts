import { InferenceSession, Tensor } from "onnxruntime-node";
import { sessionOptions } from "../blas.ts";
import type { GraphBuilder } from "../onnx/graph.ts";
import { createGraph } from "../onnx/graph.ts";

const DECAY_1 = 0.9;
const DECAY_2 = 0.999;
const EPSILON = 1e-8;

export interface Parameter {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly initial: Float32Array;
}

/** Adds forward pass, loss and hand-derived gradients: parameter names -> gradient names, and the scalar loss. */
export type LossGraph = (
  graph: GraphBuilder,
  parameters: Readonly<Record<string, string>>,
) => { readonly loss: string; readonly gradients: Readonly<Record<string, string>> };

/** A model in training: parameters live in tensors that each step hands to the next. */
export interface Trainer {
  /** One Adam step; `feeds` are the inputs that the loss graph declared. Returns the loss before the step. */
  step(feeds: Readonly<Record<string, Tensor>>, learningRate: number): Promise<number>;
  /** Copies of the parameters as they are now. */
  snapshot(): Record<string, Float32Array>;
  close(): Promise<void>;
}

/**
 * Adam through onnxruntime: one graph holds forward pass, gradients and update, so a step is one native call.
 *
 * @source Kingma and Ba 2015, arXiv:1412.6980
 */
export async function createTrainer(parameters: readonly Parameter[], build: LossGraph): Promise<Trainer> {
  const graph = createGraph("adam");
  const rate = graph.input("rate", "float", [1]);
  const named: Record<string, string> = {};
  for (const { name, dimensions } of parameters) named[name] = graph.input(name, "float", dimensions);
  const { loss, gradients } = build(graph, named);
  const constant = (value: number) => graph.constant("c", Float32Array.of(value), [1]);
  const [keep1, add1, keep2, add2] = [DECAY_1, 1 - DECAY_1, DECAY_2, 1 - DECAY_2].map(constant) as [
    string,
    string,
    string,
    string,
  ];
  const epsilon = graph.input("epsilon", "float", [1]);
  for (const { name, dimensions } of parameters) {
    const first = graph.input(`first/${name}`, "float", dimensions);
    const second = graph.input(`second/${name}`, "float", dimensions);
    const gradient = gradients[name]!;
    const newFirst = graph.op("Add", [graph.op("Mul", [first, keep1]), graph.op("Mul", [gradient, add1])]);
    const squared = graph.op("Mul", [gradient, gradient]);
    const newSecond = graph.op("Add", [graph.op("Mul", [second, keep2]), graph.op("Mul", [squared, add2])]);
    const size = graph.op("Add", [graph.op("Sqrt", [newSecond]), epsilon]);
    const change = graph.op("Mul", [graph.op("Div", [newFirst, size]), rate]);
    graph.output(graph.op("Sub", [named[name]!, change]), `next/${name}`, "float", dimensions);
    graph.output(newFirst, `next/first/${name}`, "float", dimensions);
    graph.output(newSecond, `next/second/${name}`, "float", dimensions);
  }
  graph.output(loss, "loss", "float", []);
  const session = await InferenceSession.create(graph.bytes(), sessionOptions);

  let state: Record<string, Tensor> = {};
  for (const { name, dimensions, initial } of parameters) {
    state[name] = new Tensor("float32", Float32Array.from(initial), [...dimensions]);
    for (const moment of ["first", "second"]) {
      state[`${moment}/${name}`] = new Tensor("float32", new Float32Array(initial.length), [...dimensions]);
    }
  }
  let steps = 0;

  return {
    async step(feeds, learningRate) {
      steps++;
      // Bias corrections folded into the rate and epsilon, so that the graph stays free of the step's number.
      const correction = Math.sqrt(1 - DECAY_2 ** steps);
      const results = await session.run({
        ...state,
        ...feeds,
        rate: scalar((learningRate * correction) / (1 - DECAY_1 ** steps)),
        epsilon: scalar(EPSILON * correction),
      });
      const next: Record<string, Tensor> = {};
      for (const name of Object.keys(state)) next[name] = results[`next/${name}`] as Tensor;
      state = next;
      return (results["loss"]!.data as Float32Array)[0]!;
    },
    snapshot() {
      return Object.fromEntries(
        parameters.map(({ name }) => [name, Float32Array.from(state[name]!.data as Float32Array)]),
      );
    },
    async close() {
      await session.release();
    },
  };
}

function scalar(value: number): Tensor {
  return new Tensor("float32", Float32Array.of(value), [1]);
}
