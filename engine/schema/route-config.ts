import { z } from "zod";

/** What a rule looks at; every given condition must hold. `metadata.<name>` compares a metadata field. */
export const RuleCondition = z.partialRecord(
  z.union([
    z.enum([
      "inputTokensOver",
      "inputTokensUnder",
      "task",
      "complexityOver",
      "complexityUnder",
      "hasTools",
      "hasImages",
    ]),
    z.templateLiteral(["metadata.", z.string()]),
  ]),
  z.union([z.string(), z.number(), z.boolean()]),
);
export type RuleCondition = z.infer<typeof RuleCondition>;

export const PolicyConfig = z.looseObject({ name: z.string().min(1) });
export type PolicyConfig = z.infer<typeof PolicyConfig>;

/** One route of weir.yaml, as far as the engine decides it. */
export const RouteConfig = z.looseObject({
  incumbent: z.string().min(1),
  candidates: z.array(z.string().min(1)).min(1),
  mode: z.enum(["off", "observe", "active"]).default("observe"),
  policy: PolicyConfig.default({ name: "quality-target", quality: 0.95 }),
  rules: z.array(z.strictObject({ when: RuleCondition, use: z.string().min(1) })).default([]),
  fallbacks: z.array(z.string().min(1)).default([]),
});
export type RouteConfig = z.infer<typeof RouteConfig>;
