import { z } from "zod";

const Figure = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });
const Served = z.strictObject({ quality: z.number(), cost_usd: z.number() }).meta({ description: "a request" });

/** What a run found, as it is stored and shown. */
export const Comparison = z.strictObject({
  from: z.string(),
  to: z.string(),
  held_out_from: z.string().meta({ description: "learned from what was before, compared on what came after" }),
  by: z.enum(["audits", "feedback"]).meta({ description: "whose word the comparison rests on" }),
  choices_from: z.enum(["text", "log"]).meta({
    description: "text: both routers read the requests again; log: the decisions as logged, with qualities adjusted",
  }),
  requests: z.number().meta({ description: "held out" }),
  known: z.number().meta({ description: "of them, with a known outcome" }),
  sessions: z.number(),
  labels: z.number().meta({ description: "outcomes that were learned from" }),
  left_out: z.record(z.string(), z.number()).meta({ description: "requests by why nothing was learned from them" }),
  disagreement: z.number().meta({ description: "share of requests on which the two routers choose differently" }),
  uncovered: z.number().meta({ description: "of these, where the new choice was never tried" }),
  effective_sample_size: z.number(),
  confidence: z.number(),
  way: z.enum(["recalibrated", "trained"]).nullable(),
  tried: z.array(z.strictObject({ way: z.string(), log_loss: z.number().nullable(), note: z.string().nullable() })),
  quality_difference: Figure.nullable().meta({
    description: "of the candidate less that of the serving router, doubly robust",
  }),
  quality_difference_snips: Figure.nullable().meta({
    description: "the same by self-normalised weights, from outcomes alone",
  }),
  cost_difference_usd: Figure.nullable().meta({ description: "expected, a request" }),
  serving: Served.nullable(),
  candidate: Served.nullable(),
  incumbent: Served.nullable(),
  data_digest: z.string().nullable(),
});
export type Comparison = z.infer<typeof Comparison>;
