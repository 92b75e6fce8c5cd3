import { ApiError } from "./errors.ts";
import type { Stage } from "./gateway/stage.ts";
import { logSometimes, type WarnLog } from "./log-sometimes.ts";
import type { Settings } from "./settings.ts";

export interface PriceStageDeps {
  readonly settings: () => Pick<Settings, "gateway">;
  readonly clock: () => number;
  readonly log: WarnLog;
}

/** Keeps models whose price is not known from answering, where the configuration says so, and tells of the others. */
export function priceStage({ settings, clock, log }: PriceStageDeps): Stage {
  const sometimes = logSometimes(log, clock);
  return {
    name: "price",
    admit({ candidates }) {
      const priced = candidates.filter(({ price }) => price !== null);
      if (settings().gateway.whenUnpriced === "refuse" && priced.length === 0 && candidates.length > 0) {
        throw new ApiError(
          "price_unknown",
          `no price is known of ${candidates[0]!.candidateId}, and gateway.whenUnpriced is refuse; the operator can set one`,
          { place: "model" },
        );
      }
      return {
        candidates: settings().gateway.whenUnpriced === "refuse" ? priced : candidates,
        headers: {},
        settle: ({ candidate, costNanoUsd, usage }) => {
          if (candidate === null || costNanoUsd !== null || usage === null) return;
          sometimes.warn(
            { model: candidate.candidateId, serviceTier: usage.serviceTier ?? null },
            "answered at a cost that is not known: it counts in no budget and as unpriced in usage",
          );
        },
      };
    },
  };
}
