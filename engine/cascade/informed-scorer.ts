import { ANSWER_FEATURE_COUNT, answerFeatures } from "../answer/answer-features.ts";
import { EngineError } from "../errors.ts";
import { readOnnxModel } from "../graph/onnx-model.ts";
import type { AnswerMeasures } from "../schema/answer-measures.ts";
import type { CascadeManifest } from "../schema/cascade.ts";
import { calledOf } from "./informed-rows.ts";

/** Answers that an informed model may see. */
export const MOST_ANSWERS = 3;
/** Answers that are compared, by their place among those seen. */
export const ANSWER_PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;
/** Scaled inputs are cut off here, and qualities before their logarithm there. */
export const INPUT_CLIP = 5;
export const QUALITY_EDGE = 0.01;

const F = ANSWER_FEATURE_COUNT;
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
  score(input: InformedInput): Float32Array | null;
}

const TABLES = [
  "context_mean",
  "context_scale",
  "feature_mean",
  "feature_scale",
  "agreement_mean",
  "agreement_scale",
  "weights",
  "bias",
] as const;

/**
 * Runs the tables of `cascade.onnx` in this thread: one row of inputs by one matrix, some microseconds, where onnxruntime
 * takes ten times as long to be asked. The trainer checks that the graph and its own forward pass say the same, and a
 * test that this does.
 *
 * @throws EngineError `artifact_corrupt` when a table is not there or has another size than the manifest says
 */
export function createInformedScorer(bytes: Uint8Array, manifest: CascadeManifest): InformedScorer {
  const { width, pools } = manifest;
  const sets = pools.reduce((sum, pool) => sum + pool.sets.length, 0);
  const members = pools.reduce((sum, pool) => sum + pool.members.length, 0);
  const depth = width + MOST_ANSWERS * F + ANSWER_PAIRS.length;
  const tables = readTables(bytes, {
    context_mean: sets * width,
    context_scale: sets * width,
    feature_mean: (members + 1) * F,
    feature_scale: (members + 1) * F,
    agreement_mean: sets * ANSWER_PAIRS.length,
    agreement_scale: sets * ANSWER_PAIRS.length,
    weights: sets * depth * width,
    bias: sets * width,
  });
  const x = new Float64Array(depth);
  const features = new Float32Array(F);

  return {
    score({ pool: index, called, expected, answers }) {
      const pool = pools[index]!;
      const at = pool.sets.indexOf(called);
      if (at === -1) return null;
      const set = pool.firstSet + at;
      const seen = calledOf(called);
      x.fill(0);
      for (let m = 0; m < pool.members.length; m++) {
        const quality = expected[m]!;
        if (Number.isNaN(quality)) continue;
        const inside = Math.min(1 - QUALITY_EDGE, Math.max(QUALITY_EDGE, quality));
        const cell = set * width + m;
        x[m] = clipped((Math.log(inside / (1 - inside)) - tables.context_mean[cell]!) * tables.context_scale[cell]!);
      }
      seen.forEach((member, place) => {
        answerFeatures(answers[member]!, features, 0);
        const row = (pool.firstMember + member) * F;
        for (let f = 0; f < F; f++) {
          const value = (features[f]! - tables.feature_mean[row + f]!) * tables.feature_scale[row + f]!;
          x[width + place * F + f] = clipped(value);
        }
      });
      ANSWER_PAIRS.forEach(([a, b], pair) => {
        const cell = set * ANSWER_PAIRS.length + pair;
        const agreed = Number(agree(answers, seen[a], seen[b]));
        x[width + MOST_ANSWERS * F + pair] = (agreed - tables.agreement_mean[cell]!) * tables.agreement_scale[cell]!;
      });
      const logit = Float64Array.from({ length: pool.members.length }, (_, m) => tables.bias[set * width + m]!);
      for (let input = 0; input < depth; input++) {
        const value = x[input]!;
        if (value === 0) continue;
        const row = (set * depth + input) * width;
        for (let m = 0; m < logit.length; m++) logit[m]! += value * tables.weights[row + m]!;
      }
      return Float32Array.from(logit, (sum) => 1 / (1 + Math.exp(-sum)));
    },
  };
}

/** Equal final answers, and there are any. */
function agree(answers: readonly (AnswerMeasures | null)[], a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const answer = answers[a]?.answer ?? "";
  return answer !== "" && answer === answers[b]?.answer;
}

function clipped(value: number): number {
  return Math.max(-INPUT_CLIP, Math.min(INPUT_CLIP, value));
}

type Tables = Readonly<Record<(typeof TABLES)[number], Float32Array>>;

function readTables(bytes: Uint8Array, sizes: Readonly<Record<(typeof TABLES)[number], number>>): Tables {
  let constants: ReturnType<typeof readOnnxModel>["constants"];
  try {
    ({ constants } = readOnnxModel(bytes));
  } catch (cause) {
    throw new EngineError("artifact_corrupt", `${PLACE} is not an ONNX graph`, { place: PLACE, cause });
  }
  const tables = TABLES.map((name) => {
    const data = constants.get(name)?.data;
    if (data instanceof Float32Array && data.length === sizes[name]) return [name, data] as const;
    throw new EngineError("artifact_corrupt", `${PLACE} has no table ${name} of ${sizes[name]} numbers`, {
      place: PLACE,
    });
  });
  return Object.fromEntries(tables) as Tables; // one entry a name
}
