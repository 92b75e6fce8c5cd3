import { calledBits, type InformedRows } from "./informed-rows.ts";
import type { CascadePlan } from "./plan.ts";
import { reRoute } from "./re-route.ts";

/** What a plan brings, row by row. */
export interface PlanOutcome {
  /** [rows] quality of the answer kept: observed, or expected where that is unknown. */
  readonly quality: Float32Array;
  /** [rows] cost of all its calls. */
  readonly cost: Float32Array;
  /** [rows] model whose answer was kept. */
  readonly kept: Int32Array;
  /** [rows] bits of the models called. */
  readonly called: Int32Array;
}

/** Follows a plan over every row at one lambda, every call paid at `paid`, which is `cost` unless given. */
export function replayPlan(
  data: InformedRows,
  plan: CascadePlan,
  lambda: number,
  paid: Float32Array = data.cost,
): PlanOutcome {
  const { rows, models, observed, cost } = data;
  const out = {
    quality: new Float32Array(rows),
    cost: new Float32Array(rows),
    kept: new Int32Array(rows),
    called: new Int32Array(rows),
  };
  const first = calledBits(plan.first);
  for (let row = 0; row < rows; row++) {
    const at = row * models;
    let called = first;
    let calls = plan.first.length;
    let spent = 0;
    for (const model of plan.first) spent += paid[at + model]!;
    let kept = plan.first[0]!;
    let quality = data.quality.get(called);
    while (quality !== undefined) {
      const step = reRoute({ called, quality, cost, at }, lambda, calls < plan.maxCalls ? anyone : nobody, models);
      kept = step.model;
      if (step.kind === "stop") break;
      called |= 1 << step.model;
      calls++;
      spent += paid[at + step.model]!;
      quality = data.quality.get(called);
    }
    const seen = observed[at + kept]!;
    out.quality[row] = Number.isNaN(seen)
      ? (quality ?? data.quality.get(first) ?? data.quality.get(0)!)[at + kept]!
      : seen;
    out.cost[row] = spent;
    out.kept[row] = kept;
    out.called[row] = called;
  }
  return out;
}

const anyone = () => true;
const nobody = () => false;
