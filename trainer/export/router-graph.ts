import type { FittedRouter } from "../fit-router.ts";
import { createGraph } from "../onnx/graph.ts";

/**
 * The whole router as one ONNX graph. Inputs: `features` float [batch, F]; `ngram_ids` int32 and `ngram_weights` float
 * [batch, terms] when it uses n-grams; `embedding` float [batch, E] when it uses an encoder. Outputs: `score`, `spread`,
 * `output_tokens` [batch, M]; `complexity`, `out_of_distribution` [batch]; `task` [batch, T] when T > 0.
 */
export function routerGraph(router: FittedRouter): Uint8Array {
  const { features, parts } = router;
  const models = router.models.length;
  const graph = createGraph("router");
  const inputs = {
    features: graph.input("features", "float", ["batch", features.count]),
    ngramIds: features.ngrams && graph.input("ngram_ids", "int32", ["batch", "terms"]),
    ngramWeights: features.ngrams && graph.input("ngram_weights", "float", ["batch", "terms"]),
    embedding: features.encoder && graph.input("embedding", "float", ["batch", features.encoder.dimensions]),
  };
  const x = parts.design.toOnnx(graph, inputs);
  const { score, spread } = parts.estimator.toOnnx(graph, x);
  const distance = parts.outOfDistribution.toOnnx(graph, {
    x,
    features: inputs.features,
    rarity: parts.design.rarity?.toOnnx(graph, inputs) ?? null,
  });
  const eased = parts.ease?.toOnnx(graph, score) ?? score;
  const gated = parts.gate?.toOnnx(graph, { score: eased, spread, distance }) ?? { score: eased, spread };
  graph.output(gated.score, "score", "float", ["batch", models]);
  graph.output(gated.spread, "spread", "float", ["batch", models]);
  graph.output(parts.outputTokens.toOnnx(graph, x), "output_tokens", "float", ["batch", models]);
  graph.output(parts.complexity.toOnnx(graph, score), "complexity", "float", ["batch"]);
  graph.output(distance, "out_of_distribution", "float", ["batch"]);
  const task = parts.task.toOnnx(graph, x);
  if (task !== null) graph.output(task, "task", "float", ["batch", router.tasks.length]);
  return graph.bytes();
}
