import { z } from "zod";
import { definePolicy } from "../policy.ts";
import { PlanOptions, restoredPlans, withPlans } from "./_plans.ts";
import qualityTarget from "./quality-target.ts";

const Options = PlanOptions.extend({
  /** Share of the incumbent's quality to keep, as for `quality-target`. */
  quality: z.number().positive().max(2).default(0.95),
});

/**
 * Keeps a quality target by plans: one model; one cheap call or two in parallel, whose answers decide whether another model
 * is asked. A request is given to a plan only when its answer can be checked or compared, and plans are followed only
 * where they were shown to pay at the route's prices. All else is `quality-target`.
 */
export default definePolicy({
  name: "cascade",
  options: Options,
  examples: [{}, { maxCalls: 1 }, { maxCalls: 2, waitUsdPerSecond: 0.001, escalateBroken: false }],
  ready: ({ quality, ...options }, calibration) =>
    withPlans(qualityTarget.ready({ quality }, calibration), quality, options, calibration),
  restore: ({ quality }, facts) => restoredPlans(qualityTarget.restore!({ quality }, facts), facts),
});
