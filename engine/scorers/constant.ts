import { z } from "zod";
import { EngineError } from "../errors.ts";
import { defineScorer } from "../scorer.ts";

/** File `router.constant`: JSON with one value a model. */
const Constants = z.strictObject({
  score: z.array(z.number().min(0).max(1)),
  outputTokens: z.array(z.number().positive()),
});

/** Scores every prompt alike: the router without a learned part, and a stand-in in tests. */
export default defineScorer({
  name: "constant",
  async open({ bytes, modelCount, taskCount }) {
    const { score, outputTokens } = parse(bytes);
    if (score.length !== modelCount || outputTokens.length !== modelCount) {
      throw new EngineError("artifact_mismatch", `router.constant does not have ${modelCount} values each`, {
        place: "router.constant",
      });
    }
    return {
      async score({ count }) {
        return {
          score: repeat(score, count),
          spread: new Float32Array(count * modelCount),
          outputTokens: repeat(outputTokens, count),
          complexity: new Float32Array(count),
          outOfDistribution: new Float32Array(count),
          task: new Float32Array(count * taskCount).fill(1 / Math.max(1, taskCount)),
        };
      },
      async close() {},
    };
  },
});

function parse(bytes: Uint8Array): z.infer<typeof Constants> {
  try {
    return Constants.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new EngineError("artifact_corrupt", "router.constant is not the JSON that it should be", {
      place: "router.constant",
      cause,
    });
  }
}

function repeat(values: readonly number[], count: number): Float32Array {
  return Float32Array.from({ length: values.length * count }, (_, i) => values[i % values.length]!);
}
