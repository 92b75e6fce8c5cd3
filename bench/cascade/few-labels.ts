import type { InformedRows } from "../../engine/cascade/informed-rows.ts";
import { calledOf } from "../../engine/cascade/informed-rows.ts";
import { solveCascade } from "../../engine/cascade/solve-cascade.ts";
import { seededRng, shuffle } from "../../engine/rng.ts";
import { type CascadeRows, pickCascadeRows } from "../../trainer/cascade/cascade-rows.ts";
import { crossFitInformed, fitInformedModels, predictAll } from "../../trainer/cascade/cross-fit.ts";
import { FOLDS } from "../../trainer/cascade/expected-out-of-fold.ts";
import { groupedFolds } from "../../trainer/learn/folds.ts";
import type { StudyTable } from "../result.ts";
import type { CascadeTrial } from "./cascade-trial.ts";
import { planSweep } from "./contenders.ts";
import { findSweeps } from "./find.ts";
import { measureSweep } from "./measure.ts";

const LABELLED = [150, 200, 400, 1_000];
const DRAWS = 3;

interface NamedTrial {
  readonly name: string;
  readonly trial: CascadeTrial;
}

/** How many prompts with several judged answers a cascade needs; what is expected before a call stays as it is. */
export async function fewLabelsTable(
  trials: readonly NamedTrial[],
  sizes: readonly number[] = LABELLED,
): Promise<StudyTable> {
  const rows: (string | number)[][] = [];
  for (const { name, trial } of trials) {
    const all = findSweeps(trial);
    const before = measureSweep(trial, all.preCall, "test").apgrUsd;
    for (const count of sizes.filter((labelled) => labelled < trial.train.rows.count)) {
      const drawn: CascadeTrial[] = [];
      for (let seed = 0; seed < DRAWS; seed++) drawn.push(await withLabels(trial, count, seed));
      const mean = (of: (one: CascadeTrial) => number) => drawn.reduce((sum, one) => sum + of(one), 0) / DRAWS;
      const anyway = (one: CascadeTrial) =>
        measureSweep(one, planSweep("plans", one, "test", one.solved.choice.plans), "test").apgrUsd;
      const apgr = drawn.map(anyway);
      rows.push([
        name,
        count,
        before,
        mean((one) => (one.solved.pays ? apgr[drawn.indexOf(one)]! : before)),
        mean((one) => apgr[drawn.indexOf(one)]!),
        mean(({ solved }) => Number(solved.pays)),
      ]);
    }
    const whole = measureSweep(trial, all.anyway, "test").apgrUsd;
    const pays = Number(trial.solved.pays);
    rows.push([name, trial.train.rows.count, before, pays === 1 ? whole : before, whole, pays]);
  }
  return {
    title: "How many prompts with judged answers are enough: APGR in dollars",
    columns: ["", "prompts", "before any call", "with plans", "plans, paying or not", "share of draws that pay"],
    rows,
    note: `Informed models, the choice among plans and whether they pay are learned from so many prompts, the mean of ${DRAWS} draws; the last row of each has all. Where plans were not shown to pay the router before any call is followed.`,
  };
}

async function withLabels(trial: CascadeTrial, count: number, seed: number): Promise<CascadeTrial> {
  const { train, test, models, meanCost } = trial;
  const picked = wholeGroups(train.rows.group, count, seed);
  const rows = pickCascadeRows(train.rows, picked);
  const sets = [...train.informed.quality.keys()].map(calledOf);
  const fold = groupedFolds(rows.group, FOLDS, seededRng(seed));
  const informed = (some: CascadeRows, quality: ReadonlyMap<number, Float32Array>): InformedRows => ({
    rows: some.count,
    models: models.length,
    quality,
    observed: some.observed,
    cost: Float32Array.from({ length: some.count * models.length }, (_, cell) => meanCost[cell % models.length]!),
  });
  const learned = informed(rows, await crossFitInformed(rows, sets, fold));
  const predicted = predictAll(await fitInformedModels(rows, sets), test.rows);
  return {
    ...trial,
    train: { ...train, rows, informed: learned },
    test: { ...test, informed: informed(test.rows, predicted) },
    solved: solveCascade(learned, rows.group),
  };
}

/** About so many rows, of groups drawn by lot. */
function wholeGroups(group: Int32Array, count: number, seed: number): Int32Array {
  const order = shuffle([...new Set(group)], seededRng(seed));
  const place = new Map(order.map((id, at) => [id, at]));
  return Int32Array.from(group.keys())
    .sort((a, b) => place.get(group[a]!)! - place.get(group[b]!)! || a - b)
    .slice(0, count)
    .sort();
}
