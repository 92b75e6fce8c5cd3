import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { createGraph } from "./graph.ts";

it("writes a graph that onnxruntime opens and computes", async () => {
  const graph = createGraph("affine");
  const x = graph.input("x", "float", ["batch", 2]);
  const weights = graph.constant("w", Float32Array.of(1, 2, 3, 4), [2, 2]);
  const bias = graph.constant("w", Float32Array.of(10, 20), [2]);
  graph.output(graph.op("Add", [graph.op("MatMul", [x, weights]), bias]), "y", "float", ["batch", 2]);
  const session = await InferenceSession.create(graph.bytes());
  const { y } = await session.run({ x: new Tensor("float32", Float32Array.of(1, 1, 0, 2), [2, 2]) });
  expect(Array.from(y!.data as Float32Array)).toEqual([14, 26, 16, 28]); // by hand
});

it("gathers half-precision rows by int32 ids and casts them", async () => {
  const graph = createGraph("lookup");
  const ids = graph.input("ids", "int32", ["batch", "terms"]);
  const table = graph.constant("table", Uint16Array.of(0x0000, 0x3c00, 0x4000), [3, 1]); // 0, 1, 2 in float16
  const rows = graph.op("Cast", [graph.op("Gather", [table, ids])], { to: { int: 1 } });
  graph.output(
    graph.op("ReduceSum", [rows, graph.constant("axes", BigInt64Array.of(1n), [1])], { keepdims: { int: 0 } }),
    "y",
    "float",
    ["batch", 1],
  );
  const session = await InferenceSession.create(graph.bytes());
  const { y } = await session.run({ ids: new Tensor("int32", Int32Array.of(1, 2, 2), [1, 3]) });
  expect(Array.from(y!.data as Float32Array)).toEqual([5]);
});

it("repeats its bytes and refuses a constant of the wrong size", () => {
  const build = () => {
    const graph = createGraph("same");
    graph.output(graph.op("Relu", [graph.input("x", "float", [1])]), "y", "float", [1]);
    return graph.bytes();
  };
  expect(build()).toEqual(build());
  expect(() => createGraph("bad").constant("c", Float32Array.of(1), [2])).toThrow(/1 values for 2/);
});
