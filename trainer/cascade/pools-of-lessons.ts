import { TrainError } from "../errors.ts";
import { LEAST_ROWS } from "./learn-cascade.ts";
import { fitLessonPools, type LessonPool } from "./lesson-pools.ts";
import type { Lessons } from "./read-lessons.ts";
import { everyNth, MOST_ROWS, sampleOf, type TrainedPool } from "./trained-pool.ts";

/**
 * Pools from requests that several models answered, e.g. a route's own audits.
 *
 * @throws TrainError `too_few_rows` when no kind of answer has enough of them
 */
export async function poolsOfLessons({ lessons, source, digest }: Lessons, seed: number): Promise<TrainedPool[]> {
  const pools = await fitLessonPools(lessons, seed);
  if (pools.length === 0) {
    throw new TrainError(
      "too_few_rows",
      `${lessons.length} prompts with several answers, but of no kind of answer ${LEAST_ROWS} with the same two models`,
    );
  }
  return pools.map((pool) => ({
    ...pool,
    name: `own-${pool.kind}`,
    kinds: [pool.kind],
    routes: pool.routes,
    members: pool.models.map((model) => ({ model, accepts: [] })),
    strata: pool.strata.map(({ route, prompts, gain, gainLow }) => ({ route, prompts, gain, gain_low: gainLow })),
    sample: sampleOf(pool, pool.rows, tokensOf(pool), everyNth(pool.rows.count, MOST_ROWS)),
    data: { source, digest, answers: pool.rows.count * pool.models.length },
  }));
}

function tokensOf({ lessons, models }: LessonPool) {
  return {
    input: lessons.map((lesson) => lesson.input_tokens),
    output: Float32Array.from(
      lessons.flatMap(({ answers }) =>
        models.map((model) => answers.find((one) => one.model === model)!.output_tokens),
      ),
    ),
  };
}
