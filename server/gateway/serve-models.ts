import type { GatewayAnswer } from "./answer.ts";
import { JSON_TYPE } from "./answer-headers.ts";
import type { Gateway } from "./gateway.ts";
import type { Incoming } from "./incoming.ts";
import { type ModelsForm, renderModels, renderNamedModel } from "./list-models.ts";
import { tellStory } from "./story.ts";

/** @param id of one model; null for all */
export function serveModels(
  incoming: Incoming,
  id: string | null,
  form: ModelsForm,
  gateway: Gateway,
): Promise<GatewayAnswer> {
  return tellStory(incoming, "models", gateway.deps, async (story) => {
    story.requestedModel = id ?? "";
    await story.admit({
      route: null,
      isNamed: true,
      candidates: [],
      tokens: () => ({ input: 0, maxOutput: 0, answers: 1 }),
    });
    const { state } = story;
    const grants = incoming.caller?.key ?? null;
    const body =
      id === null
        ? renderModels(state, form, state.sinceMs, grants)
        : renderNamedModel(state, id, form, state.sinceMs, grants);
    story.settle({ status: 200, usage: null, costNanoUsd: 0, error: null });
    return { status: 200, headers: { "content-type": JSON_TYPE, ...story.headers() }, body: JSON.stringify(body) };
  });
}
