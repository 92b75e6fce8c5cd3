import { z } from "zod";
import type { EmbedRequest, EmbedResult } from "../../embed.ts";
import type { Encoded } from "../../provider.ts";
import { badResponse } from "../../upstream-fault.ts";
import { encodeCohereEmbed } from "../_cohere/embed.ts";
import { textsOf } from "../_shared/embed-texts.ts";
import { inputUsage } from "../_shared/input-usage.ts";

/** Cohere's models take a batch, Amazon's one text a call. */
const MOST_OF_COHERE = 96;

function isCohere(model: string): boolean {
  return /(?:^|\.)cohere\.embed/.test(model);
}

export function textsAtOnce(model: string): number {
  return isCohere(model) ? MOST_OF_COHERE : 1;
}

/**
 * Body of `InvokeModel` of a text embedding model: Amazon Titan or Cohere.
 *
 * @source docs.aws.amazon.com/bedrock, model-parameters-titan-embed-text and model-parameters-embed
 */
export function encodeBedrockEmbed(request: EmbedRequest, model: string): Encoded {
  if (isCohere(model)) {
    const { body, dropped } = encodeCohereEmbed(request, model);
    return { body: { ...(body as object), model: undefined }, dropped };
  }
  const [inputText = ""] = textsOf(request);
  // The first generation knows no dimensions.
  const takesDimensions = !/titan-embed-(?:g1-)?text-v1/.test(model);
  const isDropped = request.dimensions !== null && !takesDimensions;
  return {
    body: { inputText, dimensions: takesDimensions ? (request.dimensions ?? undefined) : undefined },
    dropped: [...Object.keys(request.extras), ...(isDropped ? ["dimensions"] : [])],
  };
}

const Vector = z.array(z.number());
const WireTitan = z.looseObject({ embedding: Vector, inputTextTokenCount: z.number().nonnegative().nullish() });
const WireCohere = z.looseObject({ embeddings: z.union([z.looseObject({ float: z.array(Vector) }), z.array(Vector)]) });

/** @throws UpstreamFaultError `bad_response` */
export function decodeBedrockEmbed(body: unknown): EmbedResult {
  const titan = WireTitan.safeParse(body);
  if (titan.success) {
    const { embedding, inputTextTokenCount: tokens } = titan.data;
    return { model: "", vectors: [embedding], usage: tokens == null ? null : inputUsage(tokens) };
  }
  const cohere = WireCohere.safeParse(body);
  if (!cohere.success) throw badResponse("the upstream's answer holds no embeddings");
  const { embeddings } = cohere.data;
  return { model: "", vectors: Array.isArray(embeddings) ? embeddings : embeddings.float, usage: null };
}
