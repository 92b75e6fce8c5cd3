import { z } from "zod";

/** One question whose answer is known. */
export const CanaryPrompt = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, "letters, digits, dot, dash and underscore"),
  prompt: z.string().min(1).max(8_000),
  /** Regular expression that a right answer matches, whatever its case; by default any answer that is no refusal is right. */
  expect: z
    .string()
    .min(1)
    .refine((text) => isPattern(text), "is no regular expression")
    .optional(),
  maxOutputTokens: z.number().int().positive().max(4_096).default(64),
});
export type CanaryPrompt = z.infer<typeof CanaryPrompt>;

/** `drift`: what tells that a model is not any more what it was. */
export const DriftSection = z.strictObject({
  /** Chance that one signal of one model alarms, ever, while the model stays as it was. */
  falseAlarmRate: z.number().gt(0).max(0.5).default(0.01),
  /** What another fingerprint of an unchanged model name is: `note` shows it, `alarm` also voids the certificates that it touches. */
  fingerprints: z.enum(["note", "alarm"]).default("note"),
  /** Told of alarms of routes that have no webhook of their own. */
  webhook: z.url({ protocol: /^https?$/ }).optional(),
  /** Questions of our own, asked of every watched model. They cost money, so somebody has to ask for them. */
  canaries: z
    .strictObject({
      /** By default all models of routes that observe or are active. */
      models: z.array(z.string().min(1)).min(1).optional(),
      everyHours: z.number().int().min(1).max(168).default(24),
      /** Moment of the day (UTC) from which hours are counted. */
      at: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as 04:17")
        .default("04:17"),
      /** Most that they may cost a day (UTC), all models together. */
      dailyUsd: z.number().nonnegative().default(0.5),
      /** In place of our own. */
      prompts: z.array(CanaryPrompt).min(1).max(100).optional(),
    })
    .optional(),
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
