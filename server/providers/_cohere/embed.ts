import { z } from "zod";
import type { EmbedPurpose, EmbedRequest, EmbedResult } from "../../embed.ts";
import type { Encoded } from "../../provider.ts";
import { badResponse } from "../../upstream-fault.ts";
import { textsOf } from "../_shared/embed-texts.ts";
import { inputUsage } from "../_shared/input-usage.ts";

const TYPE_OF_PURPOSE: Readonly<Record<EmbedPurpose, string>> = {
  query: "search_query",
  document: "search_document",
  similarity: "search_document",
  classification: "classification",
  clustering: "clustering",
};

/** Body of `POST /v2/embed`; the vendor demands to know what for. */
export function encodeCohereEmbed(request: EmbedRequest, model: string): Encoded {
  return {
    body: {
      model,
      texts: textsOf(request),
      input_type: TYPE_OF_PURPOSE[request.purpose ?? "document"],
      embedding_types: ["float"],
      output_dimension: request.dimensions ?? undefined,
    },
    dropped: Object.keys(request.extras),
  };
}

const WireEmbeddings = z.looseObject({
  embeddings: z.looseObject({ float: z.array(z.array(z.number())) }),
  meta: z
    .looseObject({ billed_units: z.looseObject({ input_tokens: z.number().nonnegative().nullish() }).nullish() })
    .nullish(),
});

/** @throws UpstreamFaultError `bad_response` */
export function decodeCohereEmbed(body: unknown): EmbedResult {
  const parsed = WireEmbeddings.safeParse(body);
  if (!parsed.success) throw badResponse("the upstream's answer holds no embeddings");
  const tokens = parsed.data.meta?.billed_units?.input_tokens;
  return { model: "", vectors: parsed.data.embeddings.float, usage: tokens == null ? null : inputUsage(tokens) };
}
