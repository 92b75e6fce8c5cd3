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

export const PolicyConfig = z.looseObject({
  name: z.string().min(1).describe("a routing policy; its own settings stand beside it"),
});
export type PolicyConfig = z.infer<typeof PolicyConfig>;

/** One route of weir.yaml, as far as the engine decides it. */
export const RouteConfig = z.looseObject({
  incumbent: z
    .string()
    .min(1)
    .describe("model that answers where nothing is routed; what every saving is compared with"),
  candidates: z.array(z.string().min(1)).min(1).describe("models that may be chosen"),
  mode: z
    .enum(["off", "observe", "active"])
    .default("observe")
    .describe("off: the incumbent answers; observe: decisions are made and noted only; active: they are followed"),
  policy: PolicyConfig.default({ name: "quality-target", quality: 0.95 }).describe(
    "how one of the candidates is chosen",
  ),
  rules: z
    .array(
      z.strictObject({
        when: RuleCondition.describe(
          "every condition must hold; metadata.<name> compares what the request says of itself",
        ),
        use: z.string().min(1).describe("model that answers"),
      }),
    )
    .default([])
    .describe("the first that applies decides, before the policy"),
  fallbacks: z.array(z.string().min(1)).default([]).describe("asked in this order when the chosen model fails"),
});
export type RouteConfig = z.infer<typeof RouteConfig>;
