import { z } from "zod";
import { ANSWER_KINDS } from "../answer/answer-kind.ts";

/** What was found on the requests of one route. */
const Stratum = z.strictObject({
  route: z.string(),
  prompts: z.number().int().positive(),
  gain: z.number(),
  gain_low: z.number(),
});

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** Models whose answers to the same prompts a cascade was learned from, and where it was shown to pay. */
export const CascadePoolManifest = z.strictObject({
  name: z.string().min(1),
  /** Requests that ask for an answer of these kinds are like those it was learned from. */
  kinds: z.array(z.enum(ANSWER_KINDS)).min(1),
  /** Only on these routes, whose own traffic it was learned from; absent: on all. */
  routes: z.array(z.string().min(1)).optional(),
  /** By index; `accepts` are trained models that may stand in its place. */
  members: z.array(z.strictObject({ model: z.string().min(1), accepts: z.array(z.string().min(1)) })).min(2),
  /** Sets of answers that have an informed model, as bits of members. */
  sets: z.array(z.number().int().nonnegative()).min(1),
  /** Place of the pool's first set in the graph's tables, and of its first member. */
  firstSet: z.number().int().nonnegative(),
  firstMember: z.number().int().nonnegative(),
  /** What was found at the recorded prices; each route solves again at its own. */
  shown: z.strictObject({
    prompts: z.number().int().nonnegative(),
    /** Net quality a request over the better of two routers that look at no answer, and its 95 % lower bound. */
    gain: z.number(),
    gain_low: z.number(),
    pays: z.boolean(),
    structures: z.array(z.string()),
    /** Cost of each member's mean answer, as a share of the dearest one's. */
    cost_shares: z.array(z.number()),
    /** By route, where it was learned from routes' own traffic. */
    strata: z.array(Stratum).optional(),
  }),
});
export type CascadePoolManifest = z.infer<typeof CascadePoolManifest>;

/** The part of manifest.json that tells of `cascade.onnx` and `cascade.bin`. */
export const CascadeManifest = z.strictObject({
  /** The features of answers that the graph reads (`answerFeatureDigest`). */
  answers: z.strictObject({ digest: Digest, count: z.number().int().positive() }),
  /** Members of the largest pool: the width of the graph's tables. */
  width: z.number().int().min(2),
  pools: z.array(CascadePoolManifest).min(1),
  data: z.array(z.strictObject({ source: z.string(), digest: Digest, answers: z.number().int() })),
});
export type CascadeManifest = z.infer<typeof CascadeManifest>;
