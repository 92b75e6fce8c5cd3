import type { AssistantPart, ChatChoice } from "../../chat.ts";

/** What must come through whole, whatever form carries it. */
export interface Facts {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  /** Id, name and arguments, the latter as canonical JSON where they are JSON. */
  readonly calls: readonly (readonly [id: string, name: string, args: string])[];
  readonly callProofs: readonly (string | null)[];
  readonly reasoningProofs: readonly string[];
}

export function factsOf(parts: readonly AssistantPart[]): Facts {
  const joined = (kind: "text" | "reasoning" | "refusal") =>
    parts.flatMap((part) => (part.kind === kind ? [part.text] : [])).join("");
  return {
    text: joined("text"),
    reasoning: joined("reasoning"),
    refusal: joined("refusal"),
    calls: parts.flatMap((part) =>
      part.kind === "tool_call" ? [[part.id, part.name, canonical(part.argumentsJson)] as const] : [],
    ),
    callProofs: parts.flatMap((part) => (part.kind === "tool_call" ? [part.signature] : [])),
    reasoningProofs: parts.flatMap((part) =>
      part.kind === "reasoning" ? [part.signature ?? [], part.redacted ?? []].flat() : [],
    ),
  };
}

/** Dialects without a refusal of its own say it as text, in its place. */
export function withoutRefusals(choice: ChatChoice): ChatChoice {
  return {
    ...choice,
    parts: choice.parts.map(
      (part): AssistantPart =>
        part.kind === "refusal" ? { kind: "text", text: part.text, citations: [], cacheControl: null } : part,
    ),
  };
}

function canonical(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return json;
  }
}
