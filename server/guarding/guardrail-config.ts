import { z } from "zod";

const Names = z.array(z.string().min(1)).min(1);

/** Whom a guardrail is for; every given list must have the request's own. */
const Scope = z.strictObject({
  routes: Names.optional().describe("names of routes"),
  keys: Names.optional().describe("ids of virtual keys"),
  tenants: Names.optional().describe("tenants, as keys or requests name them"),
});

const Action = z.enum(["block", "redact", "flag", "reroute"]);

/** One guardrail of weir.yaml: a check, whom it is for and what follows when it finds something. */
export const GuardrailConfig = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "letters, digits, dot, dash and underscore, at most 64")
    .describe("as it stands in the log, in metrics and in the header"),
  check: z
    .string()
    .min(1)
    .describe("which check is made, e.g. pii or deny-list; GET /admin/guardrails/checks lists them"),
  on: z.enum(["input", "output", "both"]).default("input").describe("what it looks at: requests, answers or both"),
  action: Action.default("block").describe(
    "what follows when it finds something: refuse, replace what was found, note it, or have another model answer",
  ),
  routeTo: z.array(z.string().min(1)).min(1).optional().describe("who answers instead; for reroute"),
  timeoutMs: z
    .number()
    .positive()
    .max(60_000)
    .optional()
    .describe("longest that the check may take; by default what suits it"),
  whenFailing: z
    .enum(["refuse", "allow"])
    .default("refuse")
    .describe("what holds when the check fails or is late: refuse (fail closed) or allow (fail open)"),
  for: Scope.default({}).describe("whom it is for; every list that is given must have the request's own"),
  options: z.record(z.string(), z.unknown()).default({}).describe("the check's own settings"),
});
export type GuardrailConfig = z.infer<typeof GuardrailConfig>;
