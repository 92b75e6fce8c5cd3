import { z } from "zod";
import type { EmbedPurpose, EmbedRequest, EmbedResult } from "../../embed.ts";
import type { Encoded } from "../../provider.ts";
import { badResponse } from "../../upstream-fault.ts";
import { textsOf } from "../_shared/embed-texts.ts";
import { inputUsage } from "../_shared/input-usage.ts";

const TASK_OF_PURPOSE: Readonly<Record<EmbedPurpose, string>> = {
  query: "RETRIEVAL_QUERY",
  document: "RETRIEVAL_DOCUMENT",
  similarity: "SEMANTIC_SIMILARITY",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
};

export function taskOf({ purpose }: EmbedRequest): string | undefined {
  return purpose === null ? undefined : TASK_OF_PURPOSE[purpose];
}

/** Body of `batchEmbedContents`. */
export function encodeGeminiEmbed(request: EmbedRequest, model: string): Encoded {
  const requests = textsOf(request).map((text) => ({
    model: `models/${model}`,
    content: { parts: [{ text }] },
    taskType: taskOf(request),
    title: request.title ?? undefined,
    outputDimensionality: request.dimensions ?? undefined,
  }));
  return { body: { requests }, dropped: Object.keys(request.extras) };
}

const WireEmbeddings = z.looseObject({
  embeddings: z.array(z.looseObject({ values: z.array(z.number()) })),
  usageMetadata: z.looseObject({ promptTokenCount: z.number().nonnegative().nullish() }).nullish(),
});

/** @throws UpstreamFaultError `bad_response` */
export function decodeGeminiEmbed(body: unknown): EmbedResult {
  const parsed = WireEmbeddings.safeParse(body);
  if (!parsed.success) throw badResponse("the upstream's answer holds no embeddings");
  const tokens = parsed.data.usageMetadata?.promptTokenCount ?? null;
  return {
    model: "",
    vectors: parsed.data.embeddings.map(({ values }) => values),
    usage: tokens === null ? null : inputUsage(tokens),
  };
}
