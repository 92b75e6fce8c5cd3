import type { WireFormat } from "../provider.ts";

const FORMATS: readonly (readonly [RegExp, WireFormat])[] = [
  [/\/chat\/completions$/, "openai-chat"],
  [/\/responses$/, "openai-responses"],
  [/\/completions$/, "openai-completions"],
  [/\/embeddings$/, "openai-embeddings"],
  [/\/messages$/, "anthropic-messages"],
  [/:(?:stream)?generateContent$/i, "gemini"],
  [/\/converse(?:-stream)?$/, "bedrock-converse"],
  [/\/v2\/chat$/, "cohere-chat"],
];

/** The format of a vendor's endpoint by its path; null for one that generates nothing. */
export function wireOfPath(path: string): WireFormat | null {
  const bare = path.split("?")[0]!;
  return FORMATS.find(([pattern]) => pattern.test(bare))?.[1] ?? null;
}

/** Model and method of a path in Gemini's form, `.../models/{model}:{method}`; null for any other. */
export function geminiPath(path: string): { readonly model: string; readonly method: string } | null {
  const match = /(?:^|\/)models\/(.+):([A-Za-z]+)$/.exec(path.split("?")[0]!);
  return match === null ? null : { model: decode(match[1]!), method: match[2]! };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
