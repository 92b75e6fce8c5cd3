import { calledOf } from "../../engine/cascade/informed-rows.ts";
import type { CascadePlan } from "../../engine/cascade/plan.ts";
import { replayPlan } from "../../engine/cascade/replay-plan.ts";
import { relativeRows } from "../../engine/cascade/solve-cascade.ts";
import { pickCascadeRows } from "../../trainer/cascade/cascade-rows.ts";
import { fitInformedModels, predictAll } from "../../trainer/cascade/cross-fit.ts";
import { hull, hullHeight } from "../../trainer/metrics/hull.ts";
import type { StudyTable } from "../result.ts";
import type { CascadeTrial } from "./cascade-trial.ts";
import { labelFreeAgreement, sweepKappas } from "./contenders.ts";
import { measureSweep, pointOf } from "./measure.ts";

const THIRDS = 3;

/** The first structure of a trial with informed models that saw no task of the kind they are measured on. */
export async function transferTable(subjects: CascadeTrial, tasks: CascadeTrial): Promise<StudyTable> {
  const rows = [
    ...(await leaveOut("MMLU-Pro flash -> pro, unseen third of the subjects", subjects, thirdOf(subjects))),
    ...(await leaveOut("ZeroEval trio, unseen task", tasks, ({ task }) => task ?? "")),
  ];
  return {
    title: "Transfer: APGR in dollars where the answers' signals were learned on other tasks",
    columns: ["", "left out", "test prompts", "learned with it", "learned without it", "agreement, no labels"],
    rows,
    note: "One structure for every prompt, no choice among plans. The last column is quality over random mixing of the two end models at equal cost, in points, of taking what flash and 4o-mini agree on.",
  };
}

async function leaveOut(
  name: string,
  trial: CascadeTrial,
  partOf: (prompt: { task: string | null }) => string,
): Promise<(string | number | null)[][]> {
  const { train, test, models } = trial;
  const plan = trial.solved.choice.plans[models.length];
  if (plan === undefined) return [];
  const sets = [...train.informed.quality.keys()].map(calledOf);
  const rows: (string | number | null)[][] = [];
  for (const part of [...new Set(test.pool.prompts.map(partOf))].sort()) {
    const kept = positions(train.pool.prompts, (prompt) => partOf(prompt) !== part);
    const held = positions(test.pool.prompts, (prompt) => partOf(prompt) === part);
    const without = predictAll(await fitInformedModels(pickCascadeRows(train.rows, kept), sets), test.rows);
    const apgr = (quality: ReadonlyMap<number, Float32Array>) => followed(trial, plan, quality, held);
    rows.push([
      name,
      part,
      held.length,
      apgr(test.informed.quality),
      apgr(without),
      models.length === 3 ? overMixing(trial, held) : null,
    ]);
  }
  return rows;
}

function followed(
  trial: CascadeTrial,
  plan: CascadePlan,
  quality: ReadonlyMap<number, Float32Array>,
  held: Int32Array,
): number {
  const { relative } = relativeRows({ ...trial.test.informed, quality });
  const settings = sweepKappas().map((kappa) => replayPlan(relative, plan, kappa, trial.test.pool.cost!));
  return measureSweep(trial, { name: "", settings }, "test", held).apgrUsd;
}

function overMixing(trial: CascadeTrial, held: Int32Array): number {
  const free = pointOf(labelFreeAgreement(trial, "test", [0, 1], 2), held);
  const { pool } = trial.test;
  const singles = trial.models.map((_, model) => ({
    cost: mean(held, (row) => pool.cost![row * trial.models.length + model]!),
    quality: mean(held, (row) => pool.observed[row * trial.models.length + model]!),
  }));
  return 100 * (free.quality - hullHeight(hull([singles[trial.cheapest]!, singles[trial.best]!]), free.cost));
}

function mean(rows: Int32Array, of: (row: number) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
}

/** Subjects in alphabetical order, dealt out in turn. */
function thirdOf({ train, test }: CascadeTrial): (prompt: { task: string | null }) => string {
  const names = [...new Set([...train.pool.prompts, ...test.pool.prompts].map(({ task }) => task ?? ""))].sort();
  return ({ task }) => `third ${(names.indexOf(task ?? "") % THIRDS) + 1}`;
}

function positions<T>(all: readonly T[], keep: (one: T) => boolean): Int32Array {
  return Int32Array.from(all.flatMap((one, at) => (keep(one) ? [at] : [])));
}
