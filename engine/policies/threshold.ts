import { z } from "zod";
import { definePolicy } from "../policy.ts";
import { type Measure, readyStrongWeak, strongWeakAt } from "./_strong-weak.ts";

const GAIN: Measure = {
  ofRequest: ({ scored }, strong, weak) => scored[strong]!.quality - scored[weak]!.quality,
  ofRow: ({ candidateIds, quality }, row, strong, weak) =>
    quality[row * candidateIds.length + strong]! - quality[row * candidateIds.length + weak]!,
};

/**
 * Two models, as RouteLLM routes: the strong one where its expected gain over the weak one reaches a threshold, which is
 * given or solved for a wanted share of strong calls.
 */
export default definePolicy({
  name: "threshold",
  options: z
    .strictObject({
      strong: z.string().min(1),
      weak: z.string().min(1),
      threshold: z.number().min(-1).max(1).optional(),
      strongRate: z.number().min(0).max(1).optional(),
    })
    .refine(({ threshold, strongRate }) => (threshold === undefined) !== (strongRate === undefined), {
      message: "exactly one of threshold and strongRate is needed",
      path: ["threshold"],
    }),
  examples: [
    { strong: "best", weak: "cheap", threshold: 0.1 },
    { strong: "best", weak: "cheap", strongRate: 0.3 },
    { strong: "absent", weak: "gone", strongRate: 0.3 },
  ],
  ready: (options, calibration) => readyStrongWeak(options, calibration, GAIN, 0),
  restore: (options, { threshold = 0 }) => strongWeakAt(options, threshold, GAIN),
});
