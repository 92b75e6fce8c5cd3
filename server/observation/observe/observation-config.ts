import { z } from "zod";
import { RuleCondition } from "../../../engine/schema/route-config.ts";

const Share = z.number().min(0).max(1);

/** `observation` of a route: how requests are audited while it observes, and after it is active. */
export const ObservationSection = z.strictObject({
  days: z.number().positive().max(366).default(14).describe("how long it observes before it reports"),
  auditRate: Share.default(0.02).describe(
    "chance of an audit by the uniform part; the part that goes where it tells most is at most as much again",
  ),
  activeAuditRate: Share.default(0.01).describe("the same while the route is active; it never ends"),
  dailyUsd: z
    .number()
    .nonnegative()
    .default(5)
    .describe("most that audits and their judges may cost a day (UTC); what is drawn beyond it waits for the next day"),
  parallel: z.number().int().positive().max(64).default(2).describe("audits under way at once"),
  perTask: z
    .number()
    .int()
    .nonnegative()
    .default(100)
    .describe("audits that each task shall have by the end, as far as money goes"),
  noiseShare: Share.default(0.1).describe(
    "share of audits in which the incumbent also answers a second time: how far it differs from itself",
  ),
  goldShare: Share.default(0).describe("share of audits that people label; their text is kept until they did"),
  judge: z
    .strictObject({
      model: z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
        .optional()
        .describe("a model or several: the first one that is of no compared model's family judges"),
      rubric: z.string().min(1).max(8_000).optional().describe("what a better answer is, in place of our own words"),
      timeoutMs: z.number().int().positive().max(600_000).default(60_000).describe("longest that one verdict may take"),
    })
    .prefault({})
    .describe("model that compares two answers where no verifier can tell"),
  verifiers: z
    .array(
      z.looseObject({
        use: z.string().min(1).describe("a verifier; its own settings stand beside it"),
        when: RuleCondition.optional().describe("for which requests; every condition must hold"),
      }),
    )
    .default([])
    .describe("in order; the first that can tell decides, and the judge where none can"),
  exclude: z
    .array(z.strictObject({ when: RuleCondition.describe("every condition must hold") }))
    .default([])
    .describe("requests that are never audited"),
  auditPrivate: z
    .boolean()
    .default(false)
    .describe(
      "lets texts wait for their audit in the database where the route's log keeps none; else they wait in memory",
    ),
});
export type ObservationSection = z.infer<typeof ObservationSection>;

/** Without the section nothing is audited: audits cost money, and send texts to other models. */
export const PASSIVE: ObservationSection = { ...ObservationSection.parse({}), auditRate: 0, activeAuditRate: 0 };
