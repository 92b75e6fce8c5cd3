import { z } from "zod";

const Names = z.array(z.string().min(1)).min(1);

/** Whom a guardrail is for; every given list must have the request's own. */
const Scope = z.strictObject({
  routes: Names.optional(),
  /** Ids of virtual keys. */
  keys: Names.optional(),
  tenants: Names.optional(),
});

const Action = z.enum(["block", "redact", "flag", "reroute"]);

/** One guardrail of weir.yaml: a check, whom it is for and what follows when it finds something. */
export const GuardrailConfig = z.strictObject({
  /** As it stands in the log, in metrics and in the header. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "letters, digits, dot, dash and underscore, at most 64"),
  /** A file of server/guardrails/. */
  check: z.string().min(1),
  on: z.enum(["input", "output", "both"]).default("input"),
  action: Action.default("block"),
  /** Who answers instead; for `reroute`. */
  routeTo: z.array(z.string().min(1)).min(1).optional(),
  /** Longest that the check may take; by default what suits it. */
  timeoutMs: z.number().positive().max(60_000).optional(),
  /** What holds when the check fails or is late: `refuse` (fail closed) or `allow` (fail open). */
  whenFailing: z.enum(["refuse", "allow"]).default("refuse"),
  for: Scope.default({}),
  /** The check's own settings. */
  options: z.record(z.string(), z.unknown()).default({}),
});
export type GuardrailConfig = z.infer<typeof GuardrailConfig>;
