import type { InferenceSession } from "onnxruntime-node";
import { ANSWER_FEATURE_COUNT, answerFeatures } from "../answer/answer-features.ts";
import { EngineError } from "../errors.ts";
import type { AnswerMeasures } from "../schema/answer-measures.ts";
import type { CascadeManifest } from "../schema/cascade.ts";
import { calledOf } from "./informed-rows.ts";

/** Answers that an informed model may see. */
export const MOST_ANSWERS = 3;
const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;
const PLACE = "cascade.onnx";

/** What is known of one request's answers. */
export interface InformedInput {
  readonly pool: number;
  /** Bits of the members that answered: one of the pool's sets. */
  readonly called: number;
  /** [members] quality expected before any call; NaN where the member is no candidate. */
  readonly expected: ArrayLike<number>;
  /** [members] null for who did not answer. */
  readonly answers: readonly (AnswerMeasures | null)[];
}

/** Quality of every member of a pool, given the answers of some. */
export interface InformedScorer {
  /** @returns [members] in [0, 1]; null when no model was learned for that set of answers */
  score(input: InformedInput): Promise<Float32Array | null>;
  close(): Promise<void>;
}

/**
 * Runs `cascade.onnx`, opened at first use. Inputs: `set` int64 [1]; `members` int64 [3], the last row of the tables for
 * none; `expected` float [1, width], 0 where unknown; `answers` float [3, features]; `agreement` float [1, 3]. Output:
 * `quality` float [1, width].
 */
export function createInformedScorer(bytes: Uint8Array, manifest: CascadeManifest): InformedScorer {
  let opened: Promise<InferenceSession> | null = null;
  const noMember = BigInt(manifest.pools.reduce((sum, { members }) => sum + members.length, 0));
  const { width, pools } = manifest;

  return {
    async score({ pool: index, called, expected, answers }) {
      const pool = pools[index]!;
      const set = pool.sets.indexOf(called);
      if (set === -1) return null;
      const ort = await import("onnxruntime-node");
      opened ??= open(ort.InferenceSession, bytes);
      const session = await opened;
      const members = calledOf(called);
      const features = new Float32Array(MOST_ANSWERS * ANSWER_FEATURE_COUNT);
      members.forEach((member, at) => {
        answerFeatures(answers[member]!, features, at * ANSWER_FEATURE_COUNT);
      });
      const places = BigInt64Array.from({ length: MOST_ANSWERS }, (_, at) =>
        members[at] === undefined ? noMember : BigInt(pool.firstMember + members[at]),
      );
      const agreement = Float32Array.from(PAIRS, ([a, b]) => Number(agree(answers, members[a], members[b])));
      const known = Float32Array.from({ length: width }, (_, at) => {
        const value = expected[at] ?? Number.NaN;
        return Number.isNaN(value) ? 0 : Math.max(1e-6, value);
      });
      const { quality } = await session.run({
        set: new ort.Tensor("int64", BigInt64Array.of(BigInt(pool.firstSet + set)), [1]),
        members: new ort.Tensor("int64", places, [MOST_ANSWERS]),
        expected: new ort.Tensor("float32", known, [1, width]),
        answers: new ort.Tensor("float32", features, [MOST_ANSWERS, ANSWER_FEATURE_COUNT]),
        agreement: new ort.Tensor("float32", agreement, [1, PAIRS.length]),
      });
      return (quality!.data as Float32Array).subarray(0, pool.members.length); // declared float by the graph
    },
    async close() {
      await (await opened)?.release();
    },
  };
}

/** Equal final answers, and there are any. */
function agree(answers: readonly (AnswerMeasures | null)[], a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const answer = answers[a]?.answer ?? "";
  return answer !== "" && answer === answers[b]?.answer;
}

async function open(sessions: typeof InferenceSession, bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await sessions.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new EngineError("artifact_corrupt", `${PLACE} is not an ONNX graph that can be run`, { place: PLACE, cause });
  }
}
