import { decode, TAGS } from "../names/decode.ts";
import { featuresOf, hashText } from "../names/features.ts";
import { COMMON, FIRST_NAME, LAST_NAME, type Lexicon } from "../names/lexicon.ts";
import type { TaggerModel } from "../names/model.ts";
import { isTaken, type Tokens, tokenize } from "../names/tokenize.ts";
import type { PiiHints, PiiSpan, PiiType } from "../pii.ts";

/** Tokens that are tagged at once; a longer text is cut at a line's or a sentence's end near it. */
const MOST_TOKENS = 2_000;

export interface NameRecognizer {
  /** @param taken spans of other types, in order, in which no name is looked for */
  find(text: string, hints: PiiHints, taken: readonly PiiSpan[]): readonly PiiSpan[];
}

/** People, places, organisations and addresses by a small linear tagger. */
export function createNames(weights: TaggerModel): NameRecognizer {
  return {
    find(text, { label }, taken) {
      const tokens = tokenize(text, taken);
      const spans: PiiSpan[] = [];
      for (let from = 0; from < tokens.length; ) {
        const to = cutAfter(tokens, from);
        collect(text, slice(tokens, from, to), weights, label, spans);
        from = to;
      }
      return withTitled(text, spans);
    },
  };
}

/** A title in front of a capital leaves no doubt, whatever the tagger says. */
const TITLE =
  /(?<![\p{L}\p{N}])(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam|herr|frau|monsieur|madame|mme|mlle|señora?|sr|sra|signora?|dhr|mevr|mevrouw|doña?|pan|pani)\.? /giu;
const CAPITALS =
  /\p{Lu}[\p{L}\p{M}]{1,30}(?:['’-]\p{Lu}?[\p{L}\p{M}]{2,30})?(?: \p{Lu}[\p{L}\p{M}'’-]{1,30}(?<!['’]s)){0,2}/uy;

/** @param spans in order */
function withTitled(text: string, spans: readonly PiiSpan[]): readonly PiiSpan[] {
  const titled: PiiSpan[] = [];
  let at = 0;
  for (const match of text.matchAll(TITLE)) {
    const start = match.index + match[0].length;
    CAPITALS.lastIndex = start;
    const name = CAPITALS.exec(text)?.[0];
    if (name === undefined || start < (titled.at(-1)?.end ?? 0)) continue;
    const end = start + name.length;
    while (at < spans.length && spans[at]!.end <= start) at++;
    const over = spans[at];
    if (over !== undefined && over.start < end && over.type === "PERSON") continue;
    titled.push({ type: "PERSON", start, end });
  }
  if (titled.length === 0) return spans;
  let next = 0;
  const others = spans.filter((span) => {
    while (next < titled.length && titled[next]!.end <= span.start) next++;
    return next === titled.length || titled[next]!.start >= span.end;
  });
  return [...others, ...titled];
}

function collect(text: string, tokens: Tokens, weights: TaggerModel, label: string | null, into: PiiSpan[]): void {
  const tags = decode(featuresOf(tokens, weights.lexicon, label === null ? 0 : hashText(label.toLowerCase())), weights);
  for (let i = 0; i < tokens.length; i++) {
    if (tags[i] === 0) continue;
    if (isTaken(tokens.texts[i]!) || tokens.texts[i] === ",") continue;
    const first = i;
    while (i + 1 < tokens.length && tags[i + 1] !== 0 && tags[i + 1]! % 2 === 0 && !isTaken(tokens.texts[i + 1]!)) i++;
    const type = TAGS[tags[first]!]!.slice(2) as PiiType;
    if (type === "PERSON") i = beforeList(tokens, first, i, weights.lexicon);
    const from = type === "PERSON" ? behindGreeting(tokens, first, i) : first;
    const span = trimmed(text, tokens, from, type === "ADDRESS" ? beforeWords(tokens, first, i, weights.lexicon) : i);
    if (span === null || !isLikely(type, text.slice(span.start, span.end))) continue;
    const start = type === "ADDRESS" ? withOpening(text, span.start) : span.start;
    into.push({ type, start: Math.max(start, into.at(-1)?.end ?? 0), end: span.end });
  }
}

const GREETINGS = new Set(
  "lg vg mfg hello hi hey dear thanks thank regards sincerely cheers greetings morning welcome yours cc bcc attn from to re and with mr mrs ms miss dr prof sir madam herr frau hallo liebe lieber sehr geehrter geehrte bonjour salut cher chère merci madame monsieur hola querido querida estimado estimada gracias señor señora ciao caro cara gentile signor signora olá prezado prezada caro beste geachte heer mevrouw".split(
    " ",
  ),
);

/** First token behind words that greet or that a name follows. */
function behindGreeting({ texts }: Tokens, from: number, to: number): number {
  let first = from;
  while (first < to && (GREETINGS.has(texts[first]!.toLowerCase()) || texts[first] === ".")) first++;
  return first;
}

/** Last token of the first of several people: a comma parts them unless it stands in "Lovelace, Ada". */
function beforeList({ texts }: Tokens, from: number, to: number, lexicon: Lexicon): number {
  const comma = commaIn(texts, from, to);
  if (comma === -1) return to;
  const [left, right] = [comma - 1, comma + 1];
  const isLast =
    left === from && !(known(texts[left]!, lexicon) & FIRST_NAME && !(known(texts[left]!, lexicon) & LAST_NAME));
  const isTurned =
    isLast && texts[from - 1] !== "," && right <= to && (known(texts[right]!, lexicon) & FIRST_NAME) !== 0;
  return isTurned && commaIn(texts, right, to) === -1 ? to : left;
}

function commaIn(texts: readonly string[], from: number, to: number): number {
  for (let at = from; at <= to; at++) if (texts[at] === ",") return at;
  return -1;
}

function known(word: string, lexicon: Lexicon): number {
  return lexicon.classOf(hashText(word.toLowerCase()));
}

/** Last token before everyday words, in an address that is written with capitals. */
function beforeWords({ texts }: Tokens, from: number, to: number, lexicon: Lexicon): number {
  if (!texts.slice(from, to + 1).some((text) => /^\p{Lu}/u.test(text))) return to;
  let last = to;
  while (last > from && /^\p{Ll}+$/u.test(texts[last]!) && lexicon.classOf(hashText(texts[last]!)) === COMMON) last--;
  return last;
}

/** Without signs at its ends, but for a bracket or dot that belongs to its last word. */
function trimmed(text: string, tokens: Tokens, from: number, to: number): { start: number; end: number } | null {
  let [first, last] = [from, to];
  while (first <= last && !/^[\p{L}\p{N}#]/u.test(tokens.texts[first]!)) first++;
  while (last >= first && !/^[\p{L}\p{N}]/u.test(tokens.texts[last]!)) last--;
  if (first > last) return null;
  let end = tokens.ends[last]!;
  if (text[end] === ")" && text.slice(tokens.starts[first], end).includes("(")) end++;
  return { start: tokens.starts[first]!, end };
}

/** What stands before an address and is part of it: a house number, a flat, the letters of a post office box. */
const OPENING =
  /(?:\bP\.? ?(?:O\.? ?)?|(?:^|[^\p{L}\p{N}])(?:(?:Flat|Apt\.?|Apartment|Unit|Suite|Room) \w{1,5},? )?(?:\d{1,5}[A-Za-z]?,? )?)$/iu;
const MOST_OPENING = 24;

function withOpening(text: string, start: number): number {
  const before = text.slice(Math.max(0, start - MOST_OPENING), start);
  const opening = OPENING.exec(before)?.[0] ?? "";
  return start - opening.replace(/^[^\p{L}\p{N}]+/u, "").length;
}

/** What no name of its kind looks like. */
function isLikely(type: PiiType, found: string): boolean {
  if (type === "ADDRESS") return /\d/.test(found) || found.includes(" ");
  if (type === "PERSON") return !/\d/.test(found) && found.length > 1;
  return found.length > 1;
}

function cutAfter({ length, texts }: Tokens, from: number): number {
  const most = from + MOST_TOKENS;
  if (most >= length) return length;
  for (let at = most; at > from + MOST_TOKENS / 2; at--) if (texts[at - 1] === "\n") return at;
  for (let at = most; at > from + MOST_TOKENS / 2; at--) if (texts[at - 1] === ".") return at;
  return most;
}

function slice({ length, starts, ends, texts }: Tokens, from: number, to: number): Tokens {
  if (from === 0 && to === length) return { length, starts, ends, texts };
  return {
    length: to - from,
    starts: starts.subarray(from, to),
    ends: ends.subarray(from, to),
    texts: texts.slice(from, to),
  };
}
