import { z } from "zod";
import { Message } from "./conversation.ts";

export const QualitySource = z.enum(["exact", "judge", "human", "user"]);
export type QualitySource = z.infer<typeof QualitySource>;

/** One prompt x one model -> quality. The training form of every log and data set (JSONL line). */
export const QualityRecord = z
  .strictObject({
    prompt_id: z.string().min(1),
    prompt: z.string().min(1).optional(),
    messages: z.array(Message).min(1).optional(),
    task: z.string().optional(),
    source: z.string().min(1),
    /** Kept when given: train, calibration or test. */
    split: z.enum(["train", "calibration", "test"]).optional(),
    /** Records of one group never fall on two sides of a split. */
    group: z.string().optional(),
    model: z.string().min(1),
    quality: z.number().min(0).max(1),
    quality_source: QualitySource,
    cost_usd: z.number().nonnegative().optional(),
    input_tokens: z.number().int().nonnegative().optional(),
    output_tokens: z.number().int().nonnegative().optional(),
    latency_ms: z.number().nonnegative().optional(),
    /** Probability with which the logging policy chose this model; absent = the model answered every prompt. */
    propensity: z.number().positive().max(1).optional(),
    /** RFC 3339. */
    at: z.string().optional(),
    /** What the model said; read where something is learned from answers, and nowhere else. */
    answer: z.string().optional(),
    /** What the request asked for beside its text, as in POST /route; the featurizer reads them. */
    tools: z.array(z.unknown()).optional(),
    response_format: z.looseObject({ type: z.string() }).optional(),
    max_output_tokens: z.number().int().positive().optional(),
    /** Facts of the source, kept beside the prompt. */
    extras: z.record(z.string(), z.unknown()).optional(),
  })
  .refine((record) => (record.prompt === undefined) !== (record.messages === undefined), {
    message: "exactly one of prompt and messages is needed",
    path: ["prompt"],
  });
export type QualityRecord = z.infer<typeof QualityRecord>;
