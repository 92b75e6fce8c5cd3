import { type Decision, expectationOf } from "../../engine/decision.ts";
import { planBasisOf, planChoiceName } from "../gateway/plan-basis.ts";

/** What a route would do instead of asking its incumbent: one model, or a plan followed whole, as one choice. */
export interface RoutedChoice {
  /** Candidate, or a plan's name. */
  readonly name: string;
  readonly isPlan: boolean;
  /** Expected of it, all its calls paid; null where nothing is known. */
  readonly quality: number | null;
  readonly costNanoUsd: number | null;
}

const PLAN = "plan:";
/** Of two that are asked at once without any label, how often a third is asked: for costs that an audit corrects. */
const DISAGREE = 0.5;

export function routedChoiceOf(decision: Decision): RoutedChoice {
  const basis = planBasisOf(decision);
  const { quality, costNanoUsd } = expectationOf(decision);
  if (basis === null) return { name: decision.chosen.candidateId, isPlan: false, quality, costNanoUsd };
  const { plan, candidates } = basis;
  const first = plan.first.map((index) => candidates[index]!);
  const later = plan.candidates.filter((index) => !plan.first.includes(index)).map((index) => candidates[index]!);
  const cost = first.reduce((sum, one) => sum + (one.costNanoUsd ?? 0), 0);
  const dearest = Math.max(0, ...later.map((one) => one.costNanoUsd ?? 0));
  return {
    name: planChoiceName(basis),
    isPlan: true,
    quality: quality ?? Math.max(...first.map((one) => one.quality ?? 0.5)),
    costNanoUsd: costNanoUsd ?? cost + DISAGREE * dearest,
  };
}

/** Whether the client gets the incumbent's answer whatever the route does; a plan that merely checks its form keeps it. */
export function staysWithIncumbent({
  chosen,
  incumbent,
  choice,
}: Pick<Decision, "chosen" | "incumbent" | "choice">): boolean {
  const { plan } = choice;
  if (plan !== null && plan.rule !== "format") return false;
  return chosen.candidateId === incumbent.candidateId;
}

export function isPlanName(choice: string): boolean {
  return choice.startsWith(PLAN);
}
