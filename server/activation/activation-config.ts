import { z } from "zod";

const Share = z.number().min(0).max(1);

/** `activation.ramp` of a route: how carefully an active route begins. */
export const RampSection = z.strictObject({
  stages: z
    .array(z.number().gt(0).max(1))
    .min(1)
    .refine((shares) => shares.every((share, i) => i === 0 || share > shares[i - 1]!), "stages must rise")
    .refine((shares) => shares.at(-1) === 1, "the last stage must be 1")
    .default([0.01, 0.1, 0.5, 1])
    .describe("shares of the treated sessions that are routed, one after another"),
  hours: z.number().nonnegative().max(8_784).default(24).describe("least time at a stage"),
  requests: z.number().int().nonnegative().default(100).describe("least routed requests at a stage"),
});
export type RampSection = z.infer<typeof RampSection>;

/** `activation` of a route in mode `active`. */
export const ActivationSection = z.strictObject({
  byAdmin: z.boolean().default(true).describe("whether the admin API may activate the route while its mode is observe"),
  override: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .optional()
    .describe("routes without a certificate, for this reason; it is shown wherever the route is"),
  kill: z.boolean().default(false).describe("keeps every request on the incumbent, whatever else is said"),
  ramp: RampSection.optional().describe(
    "under a certificate there is always one; under an override only where it is written",
  ),
  maxErrorRate: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.05)
    .describe("share of routed requests that may fail or fall back to the incumbent before the route rolls back"),
  latencyFactor: z
    .number()
    .positive()
    .default(2)
    .describe(
      "an answer is slow when it takes so many times the 95th percentile of the incumbent's latest answers; a tenth may be",
    ),
  feeShare: Share.default(0.2).describe("share of the saving's lower bound that is the fee"),
  webhook: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("told of every alarm"),
});
export type ActivationSection = z.infer<typeof ActivationSection>;

export const DEFAULT_ACTIVATION: ActivationSection = ActivationSection.parse({});
export const DEFAULT_RAMP: RampSection = RampSection.parse({});
/** Of sessions, under a certificate. */
export const DEFAULT_HOLDOUT = 0.05;
