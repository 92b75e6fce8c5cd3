import { usdFromNano } from "../../engine/cost.ts";
import type { Estimate } from "../observation/estimators/estimate.ts";
import type { Compared } from "./compare.ts";

export interface Verdict {
  readonly state: "proposed" | "no_better" | "refused";
  readonly because: string;
}

/**
 * Whether a router is worth proposing: its quality is shown to be higher, or its cost to be lower at a quality that is shown to
 * be lower by no more than the margin. What a point of quality is worth is the operator's to say, so both figures are told.
 */
export function verdictOf(compared: Compared, qualityMargin: number): Verdict {
  if (compared.kind === "refused") return { state: "refused", because: compared.message };
  if (compared.kind === "same") {
    return { state: "no_better", because: "the two choose alike on more than 99 % of the requests" };
  }
  const { quality, cost } = compared;
  const figures = `quality ${interval(quality, signed)} a request, cost ${interval(cost, usd)}`;
  if (quality.low > 0) return { state: "proposed", because: `better: ${figures}` };
  if (cost.high < 0 && quality.low > -qualityMargin) {
    return { state: "proposed", because: `cheaper, at a quality lower by no more than ${qualityMargin}: ${figures}` };
  }
  return { state: "no_better", because: `not shown to be better: ${figures}` };
}

function interval({ value, low, high }: Estimate, show: (value: number) => string): string {
  return `${show(value)} (${show(low)} to ${show(high)})`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(4)}`;
}

function usd(nanoUsd: number): string {
  return `${nanoUsd < 0 ? "" : "+"}${usdFromNano(Math.round(nanoUsd)).toFixed(9).replace(/0+$/, "").replace(/\.$/, "")} USD`;
}
