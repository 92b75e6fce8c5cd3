import { z } from "zod";

/** By what rule a plan goes on after an answer. */
export const PlanRule = z.enum([
  /** Qualities expected anew, given the answers. */
  "informed",
  /** Equal final answers are taken, else the next is asked. */
  "agreement",
  /** Only an answer that is empty, refused, cut off or not in the form asked for is not taken. */
  "format",
]);
export type PlanRule = z.infer<typeof PlanRule>;

const Basis = z.strictObject({
  rule: PlanRule,
  /** Pool of the artifact's cascade; -1 where none was learned. */
  pool: z.number().int(),
  /** Members of the pool, and beside each the candidate that stands in its place; candidates alone without a pool. */
  members: z.array(z.number().int()),
  candidates: z.array(z.number().int()),
  /** Quality that one nano-USD is worth. */
  lambda: z.number().nonnegative(),
  /** Added to each candidate's cost, in the order of `candidates`: what its time is worth. */
  waitNanoUsd: z.array(z.number().nonnegative()),
});

/** What following a plan to its end is expected to bring; null where nothing was learned of it. */
const Expected = {
  quality: z.number().nullable().default(null),
  /** All its calls. */
  costNanoUsd: z.number().nonnegative().nullable().default(null),
};

/** Plans that a policy weighed for one request, and what each was worth to it. */
export const PlanOffer = Basis.extend({
  plans: z.array(
    z.strictObject({
      first: z.array(z.number().int()).min(1),
      maxCalls: z.number().int(),
      value: z.number(),
      ...Expected,
    }),
  ),
});
export type PlanOffer = z.infer<typeof PlanOffer>;

/** The plan that is followed: who is asked at once, and how it goes on. */
export const ChosenPlan = Basis.extend({
  first: z.array(z.number().int()).min(1),
  maxCalls: z.number().int().min(2),
  ...Expected,
});
export type ChosenPlan = z.infer<typeof ChosenPlan>;
