import { z } from "zod";
import type { EmbedRequest, EmbedResult } from "../../embed.ts";
import type { Encoded } from "../../provider.ts";
import { badResponse } from "../../upstream-fault.ts";
import { taskOf } from "../_google/embed.ts";
import { textsOf } from "../_shared/embed-texts.ts";
import { inputUsage } from "../_shared/input-usage.ts";

/** Body of `predict` of a text embedding model. */
export function encodeVertexEmbed(request: EmbedRequest): Encoded {
  const instances = textsOf(request).map((content) => ({
    content,
    task_type: taskOf(request),
    title: request.title ?? undefined,
  }));
  const parameters = request.dimensions === null ? undefined : { outputDimensionality: request.dimensions };
  return { body: { instances, parameters }, dropped: Object.keys(request.extras) };
}

const WirePredictions = z.looseObject({
  predictions: z.array(
    z.looseObject({
      embeddings: z.looseObject({
        values: z.array(z.number()),
        statistics: z.looseObject({ token_count: z.number().nonnegative().nullish() }).nullish(),
      }),
    }),
  ),
});

/** @throws UpstreamFaultError `bad_response` */
export function decodeVertexEmbed(body: unknown): EmbedResult {
  const parsed = WirePredictions.safeParse(body);
  if (!parsed.success) throw badResponse("the upstream's answer holds no embeddings");
  const counts = parsed.data.predictions.map(({ embeddings }) => embeddings.statistics?.token_count);
  const isCounted = counts.every((count) => count != null);
  return {
    model: "",
    vectors: parsed.data.predictions.map(({ embeddings }) => embeddings.values),
    usage: isCounted ? inputUsage(counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)) : null,
  };
}
