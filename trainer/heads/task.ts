import type { Rng } from "../../engine/rng.ts";
import { applyLinear, linearToOnnx, softmaxRows } from "../learn/linear-map.ts";
import type { LinearMap } from "../learn/masked-ridge.ts";
import { scaleColumns, unscaleMap } from "../learn/scale-columns.ts";
import { fitSoftmax } from "../learn/softmax.ts";
import type { GraphBuilder } from "../onnx/graph.ts";

/** Task class of a prompt. */
export interface TaskHead {
  readonly tasks: readonly string[];
  /** [count x tasks] probabilities */
  predict(x: Float32Array, count: number): Float32Array;
  /** null when there are no tasks. */
  toOnnx(graph: GraphBuilder, x: string): string | null;
}

/** @param names [count] task of each row, null when unknown */
export async function fitTask(
  x: Float32Array,
  dimensions: number,
  factor: Float64Array,
  names: readonly (string | null)[],
  rng: Rng,
): Promise<TaskHead> {
  const tasks = [...new Set(names.filter((name) => name !== null))].sort();
  if (tasks.length < 2) {
    return { tasks: [], predict: () => new Float32Array(0), toOnnx: () => null };
  }
  const index = new Map(tasks.map((name, i) => [name, i]));
  const classes = Int32Array.from(names, (name) => (name === null ? -1 : index.get(name)!));
  const map: LinearMap = unscaleMap(
    await fitSoftmax(scaleColumns(x, dimensions, factor), classes, dimensions, tasks.length, rng),
    factor,
  );
  return {
    tasks,
    predict: (rows, count) => softmaxRows(applyLinear(map, rows, count), count, tasks.length),
    toOnnx: (graph, input) => graph.op("Softmax", [linearToOnnx(graph, "task", map, input)], { axis: { int: 1 } }),
  };
}
