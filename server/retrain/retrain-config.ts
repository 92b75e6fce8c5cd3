import { Cron } from "croner";
import { z } from "zod";
import { readTime } from "../usage/read-time.ts";

/** `retrain` of a route: how and when its router is learned anew. */
export const RetrainSection = z.strictObject({
  schedule: z
    .string()
    .superRefine((text, context) => {
      const fault = cronFault(text);
      if (fault !== null) context.addIssue({ code: "custom", message: fault });
    })
    .optional()
    .describe('cron expression, e.g. "0 3 * * 1" for Mondays at three; absent: only when somebody asks'),
  timezone: z
    .string()
    .refine(isTimezone, "is not a time zone; e.g. Europe/Berlin")
    .default("UTC")
    .describe("in which the expression is meant"),
  since: z
    .string()
    .refine((text) => sinceOf(text, Number.MAX_SAFE_INTEGER / 2) !== null, "a moment, or a time before now such as 30d")
    .default("30d")
    .describe("how far back to read: a time before now such as 30d, or a moment"),
  heldOut: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.4)
    .describe("share of the requests, the latest, by which the routers are compared; it is learned from the others"),
  confidence: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.95)
    .describe("with which probability a proposal is no worse than it says"),
  qualityMargin: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe("a cheaper router is proposed when its quality is shown to be lower by no more than this"),
  seed: z.number().int().nonnegative().default(1).describe("of every random choice, so that a run can be made again"),
  estimator: z.string().min(1).default("auto").describe("what learns from texts; auto: chosen by validation"),
  timeoutMinutes: z.number().positive().max(10_080).default(60).describe("a run that takes longer is ended"),
  activate: z.boolean().default(false).describe("serves what it proposes by itself"),
  data: z
    .string()
    .min(1)
    .optional()
    .describe("records to learn from beside the log: a file, or a folder of outcome data"),
  webhook: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("told of every proposal"),
});
export type RetrainSection = z.infer<typeof RetrainSection>;

export const DEFAULT_RETRAIN: RetrainSection = RetrainSection.parse({});

/** When an expression next is due after a moment; null: never. */
export function nextDue(
  { schedule, timezone }: Pick<RetrainSection, "schedule" | "timezone">,
  afterMs: number,
): number | null {
  if (schedule === undefined) return null;
  return new Cron(schedule, { timezone, paused: true }).nextRun(new Date(afterMs))?.getTime() ?? null;
}

/** null: it is neither. */
export function sinceOf(text: string, nowMs: number): number | null {
  try {
    return readTime(text, "since", nowMs);
  } catch {
    return null;
  }
}

function cronFault(text: string): string | null {
  try {
    const cron = new Cron(text, { paused: true });
    return cron.nextRun(new Date(0)) === null ? "is never due" : null;
  } catch (error) {
    return `is no cron expression (${(error as Error).message}); e.g. "0 3 * * 1" for Mondays at three`;
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
