import type { Finding, Passage } from "../guardrail.ts";
import { PLACEHOLDER, type Placeholders, WRITTEN } from "./placeholders.ts";

/** A range of one text, with what stands in its place. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** Values that are looked for again elsewhere are no shorter, and no ordinary word. */
const LEAST_CHARS = 4;
const HEAD = 3;
const WORD = /[\p{L}\p{N}+(]/u;

/**
 * New texts of the passages that hold something found, null for the others. Placeholders are numbered in the order in
 * which values were first found, so that a conversation that grows keeps those it has. A value that was found once is
 * replaced wherever it stands.
 */
export function replaceFindings(
  passages: readonly Passage[],
  findings: readonly Finding[],
  placeholders: Placeholders,
): (string | null)[] {
  const cuts = passages.map((passage): Cut[] => writtenPlaceholders(passage.text));
  for (const { label, place } of findings)
    if (place !== null) cuts[place.passage]!.push({ start: place.start, end: place.end, label });
  const found = cuts.map((own) => apart(own));
  for (const [index, own] of found.entries())
    for (const { start, end, label } of own) placeholders.of(label, passages[index]!.text.slice(start, end));
  if (placeholders.entries.every(([, placeholder]) => placeholder.startsWith(`<${WRITTEN}_`)))
    return passages.map(() => null);
  const again = createSearch(placeholders);
  return passages.map(({ text }, index) => {
    const own = found[index]!;
    const more = again(text).filter((cut) => !own.some((one) => one.start < cut.end && cut.start < one.end));
    if (own.length === 0 && more.length === 0) return null;
    return replaced(text, apart([...own, ...more]), placeholders);
  });
}

function writtenPlaceholders(text: string): Cut[] {
  if (!text.includes("<") && !text.includes("&lt;")) return [];
  return Array.from(text.matchAll(PLACEHOLDER), ({ index, 0: found }) => ({
    start: index,
    end: index + found.length,
    label: WRITTEN,
  }));
}

/** Sorted and none over another; of two that meet, the one that begins first and is longer. */
function apart(cuts: readonly Cut[]): Cut[] {
  if (cuts.length < 2) return [...cuts];
  const kept: Cut[] = [];
  for (const cut of [...cuts].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || last.end <= cut.start) kept.push(cut);
    // What two checks found of one value is one value.
    else if (cut.end > last.end) kept[kept.length - 1] = { ...last, end: cut.end };
  }
  return kept;
}

function replaced(text: string, cuts: readonly Cut[], placeholders: Placeholders): string {
  let out = "";
  let from = 0;
  for (const { start, end, label } of cuts) {
    out += text.slice(from, start) + placeholders.of(label, text.slice(start, end));
    from = end;
  }
  return out + text.slice(from);
}

/** Finds values that are known already, at beginnings of words; in one pass over a text. */
function createSearch({ entries }: Placeholders): (text: string) => Cut[] {
  const byHead = new Map<string, { value: string; label: string }[]>();
  for (const [value, placeholder] of entries) {
    if (value.length < LEAST_CHARS || !/[\p{Lu}\p{N}]/u.test(value)) continue;
    const label = placeholder.slice(1, placeholder.lastIndexOf("_"));
    const head = value.slice(0, HEAD);
    byHead.set(head, [...(byHead.get(head) ?? []), { value, label }]);
  }
  for (const values of byHead.values()) values.sort((a, b) => b.value.length - a.value.length);
  return (text) => {
    const cuts: Cut[] = [];
    if (byHead.size === 0) return cuts;
    for (const { index: start } of text.matchAll(BEGINNING)) {
      const values = byHead.get(text.slice(start, start + HEAD));
      const known = values?.find(({ value }) => text.startsWith(value, start) && !isInWord(text, start + value.length));
      if (known !== undefined) cuts.push({ start, end: start + known.value.length, label: known.label });
    }
    return cuts;
  };
}

const BEGINNING = /(?<![\p{L}\p{N}])[\p{L}\p{N}+(<]/gu;

function isInWord(text: string, end: number): boolean {
  return end < text.length && WORD.test(text[end - 1]!) && /[\p{L}\p{N}]/u.test(text[end]!);
}
