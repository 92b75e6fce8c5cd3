import { z } from "zod";
import { camelCase } from "./camel-case.ts";

// Objects strip what they do not know: unknown-fields.ts finds it again and reports it.

/** An object of the API: its fields come in camelCase or in snake_case, as JSON of protocol buffers allows. */
function message<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(camelFields, z.object(shape));
}

function camelFields(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (!Object.keys(value).some((field) => field.includes("_"))) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [camelCase(field), inner]));
}

/** A list that clients also send as its only element. */
function listOf<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => (Array.isArray(value) || value == null ? value : [value]), z.array(item));
}

const struct = z.record(z.string(), z.unknown());

const Blob = message({ mimeType: z.string().min(1), data: z.string(), displayName: z.string().nullish() });
const FileData = message({
  fileUri: z.string().min(1),
  mimeType: z.string().nullish(),
  displayName: z.string().nullish(),
});
const MediaPart = message({ inlineData: Blob.nullish(), fileData: FileData.nullish() });

const Part = message({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  inlineData: Blob.nullish(),
  fileData: FileData.nullish(),
  functionCall: message({ id: z.string().nullish(), name: z.string().min(1), args: struct.nullish() }).nullish(),
  functionResponse: message({
    id: z.string().nullish(),
    name: z.string().min(1),
    response: struct.nullish(),
    parts: z.array(MediaPart).nullish(),
  }).nullish(),
});
export type Part = z.infer<typeof Part>;

export const Content = message({
  role: z.enum(["user", "model", "function", "system"]).nullish(),
  parts: listOf(Part),
});
export type Content = z.infer<typeof Content>;

const Declaration = message({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: struct.nullish(),
  parametersJsonSchema: z.unknown().optional(),
});
export type Declaration = z.infer<typeof Declaration>;

const word = z
  .string()
  .transform((value) => value.toUpperCase())
  .nullish();

const GenerationConfig = message({
  temperature: z.number().min(0).max(2).nullish(),
  topP: z.number().min(0).max(1).nullish(),
  topK: z.number().nonnegative().nullish(),
  candidateCount: z.number().int().min(1).max(8).nullish(),
  maxOutputTokens: z.number().int().positive().nullish(),
  stopSequences: z.array(z.string()).nullish(),
  seed: z.number().int().nullish(),
  presencePenalty: z.number().nullish(),
  frequencyPenalty: z.number().nullish(),
  responseMimeType: z.string().nullish(),
  responseSchema: struct.nullish(),
  responseJsonSchema: z.unknown().optional(),
  responseLogprobs: z.boolean().nullish(),
  logprobs: z.number().int().min(0).max(20).nullish(),
  thinkingConfig: message({
    includeThoughts: z.boolean().nullish(),
    thinkingBudget: z.number().int().min(-1).nullish(),
    thinkingLevel: word,
  }).nullish(),
});
export type GenerationConfig = z.infer<typeof GenerationConfig>;

/** Body of `:generateContent`, `:streamGenerateContent` and, within `generateContentRequest`, of `:countTokens`. */
export const WireGenerateRequest = message({
  model: z.string().nullish(),
  contents: listOf(Content).refine((contents) => contents.length > 0, { error: "needs at least one content" }),
  systemInstruction: z.union([z.string().transform((text) => ({ parts: [{ text }] })), Content]).nullish(),
  tools: listOf(
    z.preprocess(camelFields, z.looseObject({ functionDeclarations: z.array(Declaration).nullish() })),
  ).nullish(),
  toolConfig: message({
    functionCallingConfig: message({ mode: word, allowedFunctionNames: z.array(z.string()).nullish() }).nullish(),
  }).nullish(),
  generationConfig: GenerationConfig.nullish(),
});
export type WireGenerateRequest = z.infer<typeof WireGenerateRequest>;
