import { z } from "zod";
import type { EmbedPurpose, EmbedRequest, EmbedResult } from "../embed.ts";
import { invalidBody } from "../invalid-body.ts";

/** How one dialect asks for vectors and reads them. */
export interface EmbedWire {
  /** @throws ApiError `invalid_request` with the field's path */
  parse(body: unknown, model: string | null): EmbedRequest;
  /** @param model that answered */
  render(result: EmbedResult, request: EmbedRequest, body: unknown, model: string): unknown;
}

const Tokens = z.array(z.number().int().nonnegative()).min(1);
const OpenAiBody = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string()).min(1), Tokens, z.array(Tokens).min(1)]),
  dimensions: z.number().int().positive().nullish(),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  user: z.string().nullish(),
});
const OPENAI_FIELDS = new Set(Object.keys(OpenAiBody.shape));

/** `POST /v1/embeddings` */
export const openAiEmbeddings: EmbedWire = {
  parse(body) {
    const { model, input, dimensions, user, ...rest } = checked(OpenAiBody, body);
    return {
      ...NOTHING_ASKED,
      model,
      inputs: inputsOf(input),
      dimensions: dimensions ?? null,
      user: user ?? null,
      extras: Object.fromEntries(Object.entries(rest).filter(([name]) => !OPENAI_FIELDS.has(name))),
    };
  },
  render({ vectors, usage }, _request, body, model) {
    const isBase64 = (body as z.infer<typeof OpenAiBody>).encoding_format === "base64";
    const tokens = usage === null ? 0 : usage.inputUncached + usage.cacheRead;
    return {
      object: "list",
      data: vectors.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: isBase64 ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector,
      })),
      model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  },
};

const Content = z.looseObject({ parts: z.array(z.looseObject({ text: z.string().optional() })).min(1) });
const GeminiEmbed = z.looseObject({
  content: Content,
  taskType: z.string().nullish(),
  title: z.string().nullish(),
  outputDimensionality: z.number().int().positive().nullish(),
});
const GeminiBatch = z.looseObject({ requests: z.array(GeminiEmbed).min(1) });

/** `:embedContent` */
export const geminiEmbedContent: EmbedWire = {
  parse: (body, model) => geminiRequest([checked(GeminiEmbed, body)], model),
  render: ({ vectors }) => ({ embedding: { values: vectors[0] ?? [] } }),
};

/** `:batchEmbedContents` */
export const geminiBatchEmbed: EmbedWire = {
  parse: (body, model) => geminiRequest(checked(GeminiBatch, body).requests, model),
  render: ({ vectors }) => ({ embeddings: vectors.map((values) => ({ values })) }),
};

const PURPOSES: Readonly<Record<string, EmbedPurpose>> = {
  RETRIEVAL_QUERY: "query",
  QUESTION_ANSWERING: "query",
  RETRIEVAL_DOCUMENT: "document",
  SEMANTIC_SIMILARITY: "similarity",
  CLASSIFICATION: "classification",
  CLUSTERING: "clustering",
};

const NOTHING_ASKED = { dimensions: null, purpose: null, title: null, user: null, extras: {} } as const;

function geminiRequest(requests: readonly z.infer<typeof GeminiEmbed>[], model: string | null): EmbedRequest {
  const [first] = requests;
  return {
    ...NOTHING_ASKED,
    model: model ?? "",
    inputs: requests.map(({ content }) => content.parts.map(({ text = "" }) => text).join("\n")),
    dimensions: first?.outputDimensionality ?? null,
    purpose: PURPOSES[first?.taskType ?? ""] ?? null,
    title: first?.title ?? null,
  };
}

function inputsOf(input: z.infer<typeof OpenAiBody>["input"]): EmbedRequest["inputs"] {
  if (typeof input === "string") return [input];
  return typeof input[0] === "number" ? [input as number[]] : (input as (string | number[])[]);
}

function checked<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error);
  return parsed.data;
}
