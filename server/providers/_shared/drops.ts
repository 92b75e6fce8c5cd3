import type { ChatRequest } from "../../chat.ts";

/** Names of what a vendor cannot take, each once, in the order met. */
export interface Drops {
  add(name: string): void;
  /** The value when the vendor takes it, else undefined and a note; null (the client said nothing) is undefined. */
  take<Value>(isTaken: boolean, name: string, value: Value | null): Value | undefined;
  list(): readonly string[];
}

export function createDrops(): Drops {
  const names = new Set<string>();
  return {
    add: (name) => void names.add(name),
    take(isTaken, name, value) {
      if (value === null) return undefined;
      if (!isTaken) names.add(name);
      return isTaken ? value : undefined;
    },
    list: () => [...names],
  };
}

/** Sampling fields of the OpenAI format that a vendor lacks, noted where the client used them. */
export type SamplingField =
  | "seed"
  | "presence_penalty"
  | "frequency_penalty"
  | "logit_bias"
  | "logprobs"
  | "n"
  | "top_k";

export function dropSampling(request: ChatRequest, lacking: readonly SamplingField[], drops: Drops): void {
  const said: Record<SamplingField, boolean> = {
    seed: request.seed !== null,
    presence_penalty: request.presencePenalty !== null && request.presencePenalty !== 0,
    frequency_penalty: request.frequencyPenalty !== null && request.frequencyPenalty !== 0,
    logit_bias: request.logitBias !== null && Object.keys(request.logitBias).length > 0,
    logprobs: request.topLogprobs !== null,
    n: request.count !== 1,
    top_k: request.topK !== null,
  };
  for (const field of lacking) if (said[field]) drops.add(field);
}

/** Extras that the vendor knows by the same name go along; the others are noted. */
export function takeExtras(request: ChatRequest, known: ReadonlySet<string>, drops: Drops): Record<string, unknown> {
  const taken: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request.extras)) {
    if (known.has(name)) taken[name] = value;
    else drops.add(name);
  }
  return taken;
}
