import { cost, UNKNOWN } from "../../format.ts";
import type { Comparison } from "./retrain-body.ts";

/** Paired on the same requests, with its interval. */
export function qualityDifference({ quality_difference: difference }: Comparison): string {
  return difference === null
    ? UNKNOWN
    : `${signed(difference.value)} [${signed(difference.low)}, ${signed(difference.high)}]`;
}

export function costDifference({ cost_difference_usd: difference }: Comparison): string {
  return difference === null
    ? UNKNOWN
    : `${cost(difference.value)} [${cost(difference.low)}, ${cost(difference.high)}]`;
}

export function servedText(served: Comparison["serving"]): string {
  return served === null ? UNKNOWN : `quality ${served.quality.toFixed(3)} for ${cost(served.cost_usd)}`;
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(4)}`;
}
