import { z } from "zod";
import type { EmbedRequest, EmbedResult } from "../../embed.ts";
import type { Encoded } from "../../provider.ts";
import { badResponse } from "../../upstream-fault.ts";
import { inputUsage } from "../_shared/input-usage.ts";

/** Body of `POST /embeddings`. */
export function encodeOpenAiEmbed(request: EmbedRequest, model: string): Encoded {
  const body = {
    model,
    input: request.inputs.length === 1 ? request.inputs[0] : request.inputs,
    dimensions: request.dimensions ?? undefined,
    encoding_format: "float",
    user: request.user ?? undefined,
  };
  return { body, dropped: Object.keys(request.extras) };
}

const WireEmbeddings = z.looseObject({
  model: z.string().nullish(),
  data: z.array(z.looseObject({ index: z.number().nullish(), embedding: z.union([z.array(z.number()), z.string()]) })),
  usage: z.looseObject({ prompt_tokens: z.number().nonnegative().nullish() }).nullish(),
});

/** Vectors as numbers, or as base64 of little-endian floats. @throws UpstreamFaultError `bad_response` */
export function decodeOpenAiEmbed(body: unknown): EmbedResult {
  const parsed = WireEmbeddings.safeParse(body);
  if (!parsed.success) throw badResponse("the upstream's answer holds no embeddings");
  const { model, data, usage } = parsed.data;
  const ordered = data
    .map(({ index, embedding }, position) => ({ index: index ?? position, embedding }))
    .sort((a, b) => a.index - b.index);
  const tokens = usage?.prompt_tokens;
  return {
    model: model ?? "",
    vectors: ordered.map(({ embedding }) => (typeof embedding === "string" ? floatsOf(embedding) : embedding)),
    usage: tokens == null ? null : inputUsage(tokens),
  };
}

function floatsOf(base64: string): number[] {
  const bytes = Buffer.from(base64, "base64");
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(i * 4));
}
