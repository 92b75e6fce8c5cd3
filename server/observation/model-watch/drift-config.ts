import { z } from "zod";

/** One question whose answer is known. */
export const CanaryPrompt = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, "letters, digits, dot, dash and underscore")
    .describe("as it is called in what is told"),
  prompt: z.string().min(1).max(8_000).describe("the question"),
  expect: z
    .string()
    .min(1)
    .refine((text) => isPattern(text), "is no regular expression")
    .optional()
    .describe(
      "regular expression that a right answer matches, whatever its case; by default any answer that is no refusal is right",
    ),
  maxOutputTokens: z.number().int().positive().max(4_096).default(64).describe("longest answer"),
});
export type CanaryPrompt = z.infer<typeof CanaryPrompt>;

/** `drift`: what tells that a model is not any more what it was. */
export const DriftSection = z.strictObject({
  falseAlarmRate: z
    .number()
    .gt(0)
    .max(0.5)
    .default(0.01)
    .describe("chance that one signal of one model alarms, ever, while the model stays as it was"),
  fingerprints: z
    .enum(["note", "alarm"])
    .default("note")
    .describe(
      "what another fingerprint of an unchanged model name is: note shows it, alarm also voids the certificates that it touches",
    ),
  webhook: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("told of alarms of routes that have no webhook of their own"),
  canaries: z
    .strictObject({
      models: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe("models that are asked; by default all of routes that observe or are active"),
      everyHours: z.number().int().min(1).max(168).default(24).describe("hours between two rounds"),
      at: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 04:17")
        .default("04:17")
        .describe("moment of the day (UTC) from which hours are counted"),
      dailyUsd: z
        .number()
        .nonnegative()
        .default(0.5)
        .describe("most that they may cost a day (UTC), all models together"),
      prompts: z.array(CanaryPrompt).min(1).max(100).optional().describe("questions in place of our own"),
    })
    .optional()
    .describe(
      "questions of our own, asked of every watched model; they cost money, so none are asked without this section",
    ),
});
export type DriftSection = z.infer<typeof DriftSection>;
export type CanarySection = NonNullable<DriftSection["canaries"]>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
