import type { AssistantPart, ChatResult } from "../chat.ts";
import type { Passage } from "../guardrail.ts";
import { type Edit, type Span, scanArray, scanEntries, scanValue, spliceValues, valueAt } from "../json-scan.ts";
import { looksLikeJson } from "./body-texts.ts";
import type { Placeholders } from "./placeholders.ts";
import { restored } from "./restorer.ts";

/** Texts of an answer that a client reads, with the part that each is of. */
export function passagesOfResult({
  choices,
}: ChatResult): (Passage & { readonly choice: number; readonly part: number })[] {
  return choices.flatMap(({ parts }, choice) =>
    parts.flatMap((one, part) => {
      const text = textOfPart(one);
      if (text === "") return [];
      return [
        {
          text,
          voice: one.kind === "tool_call" ? ("arguments" as const) : ("assistant" as const),
          label: null,
          choice,
          part,
        },
      ];
    }),
  );
}

function textOfPart(part: AssistantPart): string {
  return part.kind === "tool_call" ? part.argumentsJson : part.text;
}

/** The answer with other texts in some parts. */
export function withTexts(result: ChatResult, textOf: (choice: number, part: number) => string | null): ChatResult {
  return {
    ...result,
    choices: result.choices.map((one, choice) => ({
      ...one,
      parts: one.parts.map((part, index): AssistantPart => {
        const text = textOf(choice, index);
        if (text === null) return part;
        return part.kind === "tool_call" ? { ...part, argumentsJson: text } : { ...part, text };
      }),
    })),
  };
}

/**
 * The answer with what placeholders stand for. Reasoning keeps them: vendors sign it, and want it back as they sent it.
 *
 * @param isJson the client asked for JSON, so texts are JSON too
 */
export function restoredResult(result: ChatResult, placeholders: Placeholders, isJson: boolean): ChatResult {
  return withTexts(result, (choice, part) => {
    const one = result.choices[choice]!.parts[part]!;
    if (one.kind === "reasoning") return null;
    if (one.kind === "tool_call") return restored(one.argumentsJson, placeholders, true);
    return restored(one.text, placeholders, isJson || looksLikeJson(one.text));
  });
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
/** Reasoning, whole or in parts, and its proofs. */
const KEPT = new Set([
  "thinking",
  "signature",
  "reasoning",
  "reasoning_content",
  "reasoning_details",
  "encrypted_content",
  "thoughtSignature",
  "summary",
]);

/** The same of an answer's own bytes, in any vendor's format; everything else keeps its bytes. */
export function restoredBytes(bytes: Buffer, placeholders: Placeholders, isJson: boolean): Buffer {
  const edits: Edit[] = [];
  visit(scanValue(bytes), "");
  return spliceValues(bytes, edits);

  function visit(span: Span, name: string): void {
    const first = bytes[span.start];
    if (first === OPEN_BRACKET) for (const one of scanArray(bytes, span)) visit(one, name);
    else if (first === OPEN_BRACE) {
      const entries = scanEntries(bytes, span);
      if (
        entries.some(
          ([own, value]) =>
            (own === "thought" && bytes[value.start] === 0x74) || (own === "type" && isReasoning(value)),
        )
      )
        return;
      for (const [own, value] of entries) if (!KEPT.has(own)) visit(value, own);
    } else if (first === QUOTE) {
      if (!mayHold(span)) return;
      const text = String(valueAt(bytes, span));
      const inJson =
        name === "arguments" || ((isJson || looksLikeJson(text)) && (name === "text" || name === "content"));
      const next = restored(text, placeholders, inJson);
      if (next !== text) edits.push({ span, json: JSON.stringify(next) });
    }
  }

  function isReasoning(span: Span): boolean {
    return (
      bytes[span.start] === QUOTE &&
      /^"(?:reasoning|thinking|redacted_thinking)"$/.test(bytes.toString("latin1", span.start, span.end))
    );
  }

  /** The least that a placeholder takes, in either way to write its bracket. */
  function mayHold({ start, end }: Span): boolean {
    const text = bytes.subarray(start, end);
    return text.includes(0x3c) || text.includes("u003");
  }
}
