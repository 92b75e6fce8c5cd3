import { NOTHING_CALLED } from "../../engine/cascade/informed-rows.ts";
import { isSingle } from "../../engine/cascade/plan.ts";
import type { CascadeTrial } from "./cascade-trial.ts";
import { planSweep, preCallSweep, type Setting, type Side, type Sweep, singlePlans } from "./contenders.ts";
import { measureSweep } from "./measure.ts";

/** The pre-call router that does best on the train rows, out of three; and the plans, where they were shown to pay. */
export interface Found {
  readonly preCall: Sweep;
  readonly cascade: Sweep;
  /** The plans whether they were shown to pay or not. */
  readonly anyway: Sweep;
}

/** Chosen and declined on train rows alone. */
export function findSweeps(trial: CascadeTrial): Found {
  const candidates = ["router", "router, calibrated anew", "router, second stage"].map((name) => ({
    train: preCallOf(name, trial, "train"),
    test: preCallOf(name, trial, "test"),
  }));
  const worth = candidates.map(({ train }) => measureSweep(trial, train, "train").aiq);
  const preCall = candidates[worth.indexOf(Math.max(...worth))]!.test;
  const anyway = planSweep("plans", trial, "test", trial.solved.choice.plans);
  return { preCall, anyway, cascade: trial.solved.pays ? anyway : preCall };
}

/** What the plans bring at the cheapest trade-off that promised so much quality on train rows. */
export function operatingPoint(trial: CascadeTrial, promised: number): Setting | null {
  const { points, choice } = trial.solved;
  const meeting = points.filter(({ quality }) => quality >= promised).sort((a, b) => a.cost - b.cost)[0];
  if (meeting === undefined) return null;
  return planSweep("plans", trial, "test", choice.plans, [meeting.kappa]).settings[0]!;
}

export function structuresOf({ solved, models }: CascadeTrial): string {
  const names = solved.choice.plans
    .filter((plan) => !isSingle(plan))
    .map(({ first, maxCalls }) => `${first.map((model) => models[model]).join(" | ")}, up to ${maxCalls} calls`);
  return names.length === 0 ? "none" : names.join("; ");
}

function preCallOf(name: string, trial: CascadeTrial, side: Side): Sweep {
  if (name === "router, second stage") return planSweep(name, trial, side, singlePlans(trial));
  const { rows, informed } = trial[side];
  const expected = name === "router" ? rows.expected : informed.quality.get(NOTHING_CALLED)!;
  return preCallSweep(name, trial, side, expected);
}
