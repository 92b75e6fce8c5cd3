import type { GraphBuilder } from "../onnx/graph.ts";

/**
 * Complexity of a prompt: the mean predicted failure of the reference tier, the models of middle ability. 0: even those
 * answer it well; 1: they fail.
 */
export interface ComplexityHead {
  /** Share of each model in the reference tier. */
  readonly share: Float32Array;
  predict(score: Float32Array, count: number): Float32Array;
  toOnnx(graph: GraphBuilder, score: string): string;
}

/** @param ability [models] comparable mean quality; the middle third by rank is the tier (at least one model) */
export function complexityHead(ability: Float32Array): ComplexityHead {
  const models = ability.length;
  const ranked = [...ability.keys()].sort((a, b) => ability[a]! - ability[b]! || a - b);
  const tier = ranked.slice(Math.floor(models / 3), Math.max(Math.ceil((2 * models) / 3), Math.floor(models / 3) + 1));
  const share = new Float32Array(models);
  for (const m of tier) share[m] = 1 / tier.length;
  return {
    share,
    predict(score, count) {
      const out = new Float32Array(count);
      for (let i = 0; i < count; i++) {
        let mean = 0;
        for (let m = 0; m < models; m++) mean += score[i * models + m]! * share[m]!;
        out[i] = Math.max(0, Math.min(1, 1 - mean));
      }
      return out;
    },
    toOnnx(graph, score) {
      const mean = graph.op("MatMul", [score, graph.constant("tier_share", share, [models])]);
      return graph.op("Clip", [
        graph.op("Sub", [graph.constant("whole", Float32Array.of(1), [1]), mean]),
        graph.constant("zero", Float32Array.of(0), []),
        graph.constant("one", Float32Array.of(1), []),
      ]);
    },
  };
}
