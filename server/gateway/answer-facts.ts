import type { ChatResult, FinishReason, Unplaced } from "../chat.ts";

/** What a provider says of an answer beside it. */
export interface AnswerFacts {
  /** Its own name of the model, e.g. with the version's date; empty when it gives none. */
  readonly model: string;
  /** Its mark of what ran the model; null when it gives none. */
  readonly fingerprint: string | null;
  /** How the first choice ended; null when that was not heard. */
  readonly finish: FinishReason | null;
  /** What it held that the client's format has no place for; absent: nothing. */
  readonly lost?: readonly Unplaced[];
}

export function factsOfResult({ model, fingerprint, choices }: ChatResult): AnswerFacts {
  return { model, fingerprint: fingerprint ?? null, finish: choices[0]?.finish ?? null };
}

/** Version as it is compared and shown: the provider's name of the model, and its mark where it gives one; null for neither. */
export function versionOfAnswer({ model, fingerprint }: AnswerFacts): string | null {
  if (model === "") return fingerprint;
  return fingerprint === null ? model : `${model} ${fingerprint}`;
}
