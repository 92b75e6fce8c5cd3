import { expectedCostNanoUsd } from "../../../engine/cost.ts";
import type { Price } from "../../../engine/schema/candidate.ts";
import { sumOf } from "./estimate.ts";

/** Traffic that only the incumbent served. */
export interface PassiveTraffic {
  readonly inputTokens: Float64Array;
  /** Of the incumbent's answers. */
  readonly outputTokens: Float64Array;
  /** [n] nano-USD. */
  readonly incumbentCost: Float64Array;
}

export interface PriceEnvelope {
  readonly name: "price-only upper bound, quality unmeasured";
  /** Share of the incumbent's cost with the longest and with the shortest answers. */
  readonly low: number;
  readonly high: number;
}

/**
 * All that logs of the incumbent alone say of another model: what its tokens would cost, for answers from `shortest` to `longest`
 * times as long as the incumbent's. How well it answers, and how long, is not known without audits.
 *
 * @source docs/decisions/0009
 */
export function priceEnvelope(
  { inputTokens, outputTokens, incumbentCost }: PassiveTraffic,
  price: Price,
  { shortest, longest }: { readonly shortest: number; readonly longest: number },
): PriceEnvelope {
  const savedAt = (ratio: number) =>
    1 -
    sumOf(inputTokens.map((input, row) => expectedCostNanoUsd(input, 0, ratio * outputTokens[row]!, price))) /
      sumOf(incumbentCost);
  return { name: "price-only upper bound, quality unmeasured", low: savedAt(longest), high: savedAt(shortest) };
}
