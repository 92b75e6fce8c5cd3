import { InferenceSession, Tensor } from "onnxruntime-node";
import { ANSWER_FEATURE_COUNT } from "../../engine/answer/answer-features.ts";
import { calledBits } from "../../engine/cascade/informed-rows.ts";
import { ANSWER_PAIRS, MOST_ANSWERS } from "../../engine/cascade/informed-scorer.ts";
import type { CascadeManifest } from "../../engine/schema/cascade.ts";
import { sessionOptions } from "../blas.ts";
import { TrainError } from "../errors.ts";
import { pickCascadeRows } from "./cascade-rows.ts";
import { predictAll } from "./cross-fit.ts";
import { agrees } from "./informed.ts";
import type { TrainedPool } from "./trained-pool.ts";

const ROWS = 40;
const TOLERANCE = 1e-4;

/**
 * Runs the exported graph beside the trainer's own forward pass on some rows of every set.
 *
 * @returns by pool, the largest difference
 * @throws  TrainError `parity_failed`
 */
export async function checkCascadeParity(
  graph: Uint8Array,
  { pools, width }: CascadeManifest,
  fitted: readonly TrainedPool[],
): Promise<number[]> {
  const session = await InferenceSession.create(graph, sessionOptions);
  const noMember = pools.reduce((sum, { members }) => sum + members.length, 0);
  const worst: number[] = [];
  for (const [index, pool] of pools.entries()) {
    const own = fitted[index]!;
    const rows = pickCascadeRows(
      own.rows,
      Int32Array.from({ length: Math.min(ROWS, own.rows.count) }, (_, i) => i),
    );
    const wanted = predictAll(own.fitted, rows);
    const models = own.models.length;
    let most = 0;
    for (const [set, called] of own.sets.entries()) {
      for (let row = 0; row < rows.count; row++) {
        const answers = new Float32Array(MOST_ANSWERS * ANSWER_FEATURE_COUNT);
        called.forEach((member, at) => {
          const from = (row * models + member) * ANSWER_FEATURE_COUNT;
          answers.set(rows.features.subarray(from, from + ANSWER_FEATURE_COUNT), at * ANSWER_FEATURE_COUNT);
        });
        const expected = new Float32Array(width);
        expected.set(rows.expected.subarray(row * models, (row + 1) * models));
        const places = Array.from({ length: MOST_ANSWERS }, (_, at) =>
          called[at] === undefined ? noMember : pool.firstMember + called[at],
        );
        const agreement = ANSWER_PAIRS.map(([a, b]) =>
          called[a] === undefined || called[b] === undefined ? 0 : Number(agrees(rows, row, called[a], called[b])),
        );
        const { quality } = await session.run({
          set: new Tensor("int64", BigInt64Array.of(BigInt(pool.firstSet + set)), [1]),
          members: new Tensor("int64", BigInt64Array.from(places, BigInt), [MOST_ANSWERS]),
          expected: new Tensor("float32", expected, [1, width]),
          answers: new Tensor("float32", answers, [MOST_ANSWERS, ANSWER_FEATURE_COUNT]),
          agreement: new Tensor("float32", Float32Array.from(agreement), [1, ANSWER_PAIRS.length]),
        });
        const given = quality!.data as Float32Array; // declared float by the graph
        const matrix = wanted.get(calledBits(called))!;
        for (let m = 0; m < models; m++) most = Math.max(most, Math.abs(given[m]! - matrix[row * models + m]!));
      }
    }
    worst.push(most);
  }
  await session.release();
  if (worst.some((difference) => !(difference <= TOLERANCE))) {
    throw new TrainError(
      "parity_failed",
      `the cascade's graph differs from the trainer's own pass by ${worst.join(", ")}`,
    );
  }
  return worst;
}
