import { hashText } from "../../engine/pii/names/features.ts";
import { COMMON, FIRST_NAME, LAST_NAME, type Lexicon, PLACE } from "../../engine/pii/names/lexicon.ts";
import { tokenize } from "../../engine/pii/names/tokenize.ts";
import type { Span } from "./score-spans.ts";

/**
 * People and places by lists alone, as the baseline of the tagger: runs of words that are known as names, with a first name
 * among them or a capital that everyday words have not.
 */
export function lexiconNames(text: string, lexicon: Lexicon): Span[] {
  const { length, texts, starts, ends } = tokenize(text);
  const spans: Span[] = [];
  const classOf = (at: number) => lexicon.classOf(hashText(texts[at]!.toLowerCase()));
  const isName = (at: number) => {
    const known = classOf(at);
    const isCapital = texts[at]![0] !== texts[at]![0]!.toLowerCase();
    return (known & (FIRST_NAME | LAST_NAME)) !== 0 && (isCapital || (known & COMMON) === 0);
  };
  for (let at = 0; at < length; at++) {
    if (isName(at)) {
      const first = at;
      while (at + 1 < length && isName(at + 1)) at++;
      const run = Array.from({ length: at - first + 1 }, (_, i) => classOf(first + i));
      if (run.some((known) => (known & FIRST_NAME) !== 0))
        spans.push({ type: "PERSON", start: starts[first]!, end: ends[at]! });
    } else if (classOf(at) === PLACE) spans.push({ type: "LOCATION", start: starts[at]!, end: ends[at]! });
  }
  return spans;
}
