import { z } from "zod";
import { RuleCondition } from "../../../engine/schema/route-config.ts";

const Share = z.number().min(0).max(1);

/** `observation` of a route: how requests are audited while it observes, and after it is active. */
export const ObservationSection = z.strictObject({
  days: z.number().positive().max(366).default(14),
  /** Chance of an audit by the uniform part; the part that goes where it tells most is at most as much again. */
  auditRate: Share.default(0.02),
  /** The same while the route is active; it never ends. */
  activeAuditRate: Share.default(0.01),
  /** Most that audits and their judges may cost a day (UTC); what is drawn beyond it waits for the next day. */
  dailyUsd: z.number().nonnegative().default(5),
  /** Audits under way at once. */
  parallel: z.number().int().positive().max(64).default(2),
  /** Audits that each task shall have by the end, as far as money goes. */
  perTask: z.number().int().nonnegative().default(100),
  /** Share of audits in which the incumbent also answers a second time: how far it differs from itself. */
  noiseShare: Share.default(0.1),
  /** Share of audits that people label; their text is kept until they did. */
  goldShare: Share.default(0),
  judge: z
    .strictObject({
      /** The first one that is of no compared model's family judges. */
      model: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
      /** What a better answer is, in place of our own words. */
      rubric: z.string().min(1).max(8_000).optional(),
      /** Longest that one verdict may take. */
      timeoutMs: z.number().int().positive().max(600_000).default(60_000),
    })
    .prefault({}),
  /** In order; the first that can tell decides, and the judge where none can. */
  verifiers: z.array(z.looseObject({ use: z.string().min(1), when: RuleCondition.optional() })).default([]),
  /** Requests that are never audited. */
  exclude: z.array(z.strictObject({ when: RuleCondition })).default([]),
  /** Lets texts wait for their audit in the database where the route's log keeps none; else they wait in memory. */
  auditPrivate: z.boolean().default(false),
});
export type ObservationSection = z.infer<typeof ObservationSection>;

/** Without the section nothing is audited: audits cost money, and send texts to other models. */
export const PASSIVE: ObservationSection = { ...ObservationSection.parse({}), auditRate: 0, activeAuditRate: 0 };
