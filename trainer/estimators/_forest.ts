import type { FittedEstimator } from "../estimator.ts";
import type { GraphBuilder } from "../onnx/graph.ts";
import { noSpread } from "./_model-means.ts";
import { leafOf, type TreeShape } from "./_tree-grow.ts";

export interface Tree {
  readonly shape: TreeShape;
  /** [leaves x models] */
  readonly value: Float32Array;
}

/** Trees whose leaves add to the logits of all models. */
export interface Forest {
  /** [models] logit without any tree. */
  readonly base: Float32Array;
  readonly trees: readonly Tree[];
}

export function fittedForest(forest: Forest): FittedEstimator {
  const models = forest.base.length;
  return {
    predict(x, count) {
      const dimensions = x.length / count;
      const score = tiled(forest.base, count);
      for (const { shape, value } of forest.trees) add(score, leaves(shape, x, count, dimensions), value, models);
      for (let at = 0; at < score.length; at++) score[at] = 1 / (1 + Math.exp(-score[at]!));
      return { score, spread: new Float32Array(score.length) };
    },
    toOnnx(graph, x) {
      const score = graph.op("Sigmoid", [forestToOnnx(graph, forest, x)]);
      return { score, spread: noSpread(graph, score) };
    },
  };
}

/** One TreeEnsembleRegressor with a target a model; a forest without trees gets one that is a single leaf. */
function forestToOnnx(graph: GraphBuilder, { base, trees }: Forest, x: string): string {
  const models = base.length;
  const nodes = { tree: [], node: [], feature: [], value: [], mode: [], yes: [], no: [] } as {
    [key in "tree" | "node" | "feature" | "value" | "yes" | "no"]: number[];
  } & { mode: string[] };
  const targets = { tree: [], node: [], target: [], weight: [] } as Record<
    "tree" | "node" | "target" | "weight",
    number[]
  >;
  const stump: Tree = {
    shape: {
      feature: Int32Array.of(-1),
      threshold: Float32Array.of(0),
      left: Int32Array.of(0),
      right: Int32Array.of(0),
      leaves: 1,
    },
    value: new Float32Array(models),
  };
  (trees.length > 0 ? trees : [stump]).forEach(({ shape, value }, tree) => {
    shape.feature.forEach((feature, node) => {
      const isLeaf = feature < 0;
      nodes.tree.push(tree);
      nodes.node.push(node);
      nodes.feature.push(isLeaf ? 0 : feature);
      nodes.value.push(isLeaf ? 0 : shape.threshold[node]!);
      nodes.mode.push(isLeaf ? "LEAF" : "BRANCH_LEQ");
      nodes.yes.push(isLeaf ? 0 : shape.left[node]!);
      nodes.no.push(isLeaf ? 0 : shape.right[node]!);
      if (!isLeaf) return;
      for (let model = 0; model < models; model++) {
        targets.tree.push(tree);
        targets.node.push(node);
        targets.target.push(model);
        targets.weight.push(value[shape.left[node]! * models + model]!);
      }
    });
  });
  return graph.node(
    "TreeEnsembleRegressor",
    [x],
    {
      n_targets: { int: models },
      nodes_treeids: { ints: nodes.tree },
      nodes_nodeids: { ints: nodes.node },
      nodes_featureids: { ints: nodes.feature },
      nodes_values: { floats: nodes.value },
      nodes_modes: { strings: nodes.mode },
      nodes_truenodeids: { ints: nodes.yes },
      nodes_falsenodeids: { ints: nodes.no },
      target_treeids: { ints: targets.tree },
      target_nodeids: { ints: targets.node },
      target_ids: { ints: targets.target },
      target_weights: { floats: targets.weight },
      base_values: { floats: base },
      aggregate_function: { string: "SUM" },
      post_transform: { string: "NONE" },
    },
    { domain: "ai.onnx.ml" },
  )[0]!;
}

/** [count] leaf of each row. */
export function leaves(shape: TreeShape, x: Float32Array, count: number, dimensions: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => leafOf(shape, x, row * dimensions));
}

/** Adds each row its leaf's values. */
export function add(logit: Float32Array, leaf: Int32Array, value: Float32Array, models: number): void {
  for (let row = 0; row < leaf.length; row++) {
    const from = leaf[row]! * models;
    for (let model = 0, at = row * models; model < models; model++, at++) logit[at]! += value[from + model]!;
  }
}

/** [count x base.length] the same values in every row. */
export function tiled(base: Float32Array, count: number): Float32Array {
  return Float32Array.from({ length: count * base.length }, (_, at) => base[at % base.length]!);
}
