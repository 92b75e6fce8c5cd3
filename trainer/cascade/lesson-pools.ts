import { ANSWER_KINDS, type AnswerKind } from "../../engine/answer/answer-kind.ts";
import { meanGain } from "../../engine/cascade/solve-cascade.ts";
import { seededRng } from "../../engine/rng.ts";
import { measuresOfBody } from "../../engine/schema/answer-measures.ts";
import type { CascadeLesson } from "../../engine/schema/cascade-lesson.ts";
import { groupedFolds } from "../learn/folds.ts";
import { type CascadeRows, cascadeRows } from "./cascade-rows.ts";
import { FOLDS } from "./expected-out-of-fold.ts";
import { LEAST_ROWS, type LearnedCascade, learnCascade, sharesOfDearest } from "./learn-cascade.ts";

/** Further models may join a pool as long as so large a share of its prompts is theirs too. */
const KEPT_SHARE = 0.8;
const MOST_MODELS = 8;

/** A cascade learned from lessons of one kind of answer. */
export interface LessonPool extends LearnedCascade {
  readonly kind: AnswerKind;
  readonly models: readonly string[];
  readonly lessons: readonly CascadeLesson[];
  readonly rows: CascadeRows;
  readonly costShares: readonly number[];
  /** By route; empty where the lessons are of none. */
  readonly strata: readonly {
    readonly route: string;
    readonly prompts: number;
    readonly gain: number;
    readonly gainLow: number;
  }[];
  /** Where plans may be followed: routes on whose own requests they gained; null: everywhere. */
  readonly routes: readonly string[] | null;
}

/** A pool for each kind of answer of which there are enough lessons, of those models that answered them all. */
export async function fitLessonPools(lessons: readonly CascadeLesson[], seed: number): Promise<LessonPool[]> {
  const found: LessonPool[] = [];
  for (const kind of ANSWER_KINDS) {
    const own = lessons.filter((lesson) => lesson.kind === kind);
    const models = commonModels(own);
    if (models !== null) found.push(await fitOne(kind, models, own, seed));
  }
  return found;
}

/** The two models with most prompts in common, and others that answered nearly all of those; null: too few. */
export function commonModels(lessons: readonly CascadeLesson[]): string[] | null {
  const answeredBy = lessons.map(({ answers }) => new Set(answers.map(({ model }) => model)));
  const names = [...new Set(answeredBy.flatMap((models) => [...models]))].sort();
  const count = (models: readonly string[]) =>
    answeredBy.filter((answered) => models.every((model) => answered.has(model))).length;
  let pool: string[] = [];
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      const pair = [names[a]!, names[b]!];
      if (pool.length === 0 || count(pair) > count(pool)) pool = pair;
    }
  }
  if (pool.length === 0 || count(pool) < LEAST_ROWS) return null;
  for (;;) {
    const least = Math.max(LEAST_ROWS, KEPT_SHARE * count(pool));
    const [next] = names
      .filter((name) => !pool.includes(name) && count([...pool, name]) >= least)
      .sort((a, b) => count([...pool, b]) - count([...pool, a]));
    if (next === undefined || pool.length >= MOST_MODELS) return pool;
    pool.push(next);
  }
}

async function fitOne(
  kind: AnswerKind,
  models: readonly string[],
  all: readonly CascadeLesson[],
  seed: number,
): Promise<LessonPool> {
  const answersOf = ({ answers }: CascadeLesson) => models.map((model) => answers.find((one) => one.model === model));
  const lessons = all.filter((lesson) => answersOf(lesson).every((answer) => answer !== undefined));
  const cells = lessons.flatMap((lesson) => answersOf(lesson).map((answer) => answer!));
  const groups = new Map<string, number>();
  for (const lesson of lessons) if (!groups.has(lesson.group)) groups.set(lesson.group, groups.size);
  const group = Int32Array.from(lessons, (lesson) => groups.get(lesson.group)!);
  const rows = cascadeRows(
    models,
    Float32Array.from(cells, ({ expected }) => expected),
    cells.map(({ measures }) => measuresOfBody(measures)),
    Float32Array.from(cells, ({ quality }) => quality),
    group,
  );
  const costs = models.map((_, m) =>
    cells.reduce((sum, cell, at) => sum + (at % models.length === m ? cell.cost_usd : 0), 0),
  );
  const costShares = sharesOfDearest(costs);
  const learned = await learnCascade(rows, costShares, groupedFolds(group, FOLDS, seededRng(seed)));
  const strata = strataOf(lessons, learned.solved.rowGains, group);
  const gaining = strata.filter(({ gain }) => gain > 0).map(({ route }) => route);
  const isOfRoutes = lessons.every(({ route }) => route !== null);
  return { kind, models, lessons, rows, costShares, ...learned, strata, routes: isOfRoutes ? gaining : null };
}

function strataOf(lessons: readonly CascadeLesson[], rowGains: Float64Array, group: Int32Array): LessonPool["strata"] {
  const routes = [...new Set(lessons.flatMap(({ route }) => route ?? []))].sort();
  if (rowGains.length === 0) return [];
  return routes.map((route) => {
    const own = Int32Array.from(lessons.keys()).filter((row) => lessons[row]!.route === route);
    const gains = Float64Array.from(own, (row) => rowGains[row]!);
    const { gain, gainLow } = meanGain(
      gains,
      Int32Array.from(own, (row) => group[row]!),
    );
    return { route, prompts: own.length, gain, gainLow };
  });
}
