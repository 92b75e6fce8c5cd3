import type { ChatResult } from "../../chat.ts";
import { type AskFacts, askFacts } from "./ask-facts.ts";

/** How alike two longer answers must be to count as one. */
const LEAST_SIMILARITY = 0.8;
/** Shorter ones are taken at their word. */
const SHORT_CHARS = 160;
const LEAST_SHARED_NUMBERS = 0.6;

/**
 * Whether two answers tell a client the same. In doubt they do not, which only makes the cache more careful: code, JSON and
 * tool calls must be equal, and of short answers the shorter says nothing that the longer does not.
 */
export async function isSameAnswer(
  a: ChatResult,
  b: ChatResult,
  similarity: (a: string, b: string) => Promise<number>,
): Promise<boolean> {
  const [one, other] = [tellsOf(a), tellsOf(b)];
  if (one.calls !== other.calls) return false;
  if (spaced(one.text) === spaced(other.text)) return true;
  const [text, against] = [flat(one.text), flat(other.text)];
  if (codeIn(one.text) !== codeIn(other.text) || isJson(one.text) || isJson(other.text)) return false;
  if (yesOrNo(text) !== yesOrNo(against)) return false;
  const isShort = Math.min(text.length, against.length) < SHORT_CHARS;
  if (isShort && !holdsOneAnother(one.text, other.text)) return false;
  if (sharedNumbers(text, against) < (isShort ? 1 : LEAST_SHARED_NUMBERS)) return false;
  return isShort || (await similarity(text, against)) >= LEAST_SIMILARITY;
}

function tellsOf({ choices }: ChatResult): { readonly text: string; readonly calls: string } {
  const parts = choices[0]?.parts ?? [];
  return {
    text: parts.map((part) => (part.kind === "text" ? part.text : "")).join(""),
    calls: parts.map((part) => (part.kind === "tool_call" ? `${part.name} ${part.argumentsJson}\n` : "")).join(""),
  };
}

function spaced(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

function flat(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.%$€£-]+/gu, " ")
    .replace(/\.(?!\d)/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function codeIn(text: string): string {
  return [...text.matchAll(/```[^\n]*\n([\s\S]*?)```/g)]
    .map(([, code]) => code!.replace(/\s+/g, " ").trim())
    .join("\n");
}

function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

function yesOrNo(text: string): string | null {
  return /^(yes|no|true|false|correct|incorrect)\b/.exec(text)?.[1] ?? null;
}

/** Whether the shorter says nothing that the longer does not: "Paris" and "The capital is Paris." */
function holdsOneAnother(a: string, b: string): boolean {
  const [shorter, longer] = [askFacts(a), askFacts(b)].sort((one, other) => one.terms.length - other.terms.length) as [
    AskFacts,
    AskFacts,
  ];
  const known = new Set(longer.terms.map(({ stem }) => stem));
  return (
    shorter.negations > 0 === longer.negations > 0 &&
    shorter.code === longer.code &&
    shorter.terms.every(({ stem }) => known.has(stem))
  );
}

/** Of the numbers of either, the share that both hold. 1 where neither holds any. */
function sharedNumbers(a: string, b: string): number {
  const [ofA, ofB] = [a, b].map((text) => new Set(text.match(/\d+(?:\.\d+)?/g) ?? [])) as [Set<string>, Set<string>];
  const all = new Set([...ofA, ...ofB]);
  return all.size === 0 ? 1 : [...all].filter((number) => ofA.has(number) && ofB.has(number)).length / all.size;
}
