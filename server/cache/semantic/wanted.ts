import { wordsOf } from "./words.ts";

/** What kind of answer an ask wants. `open`: it is no question, but a demand or a few words. */
export type Wanted =
  | "open"
  | "what"
  | "how"
  | "why"
  | "when"
  | "where"
  | "who"
  | "whose"
  | "count"
  | "amount"
  | "yesno";

const AUXILIARIES = new Set(
  "is are was were am do does did can could may might will would shall should must has have had".split(" "),
);
const MEASURED =
  /\bhow (?:tall|high|old|long|big|large|heavy|far|fast|deep|wide|hot|cold|often|small|expensive|thick|strong)\b/;

/**
 * @param core the ask without words of politeness
 * @param foreign words that belong to code in it
 */
export function wantedOf(core: string, foreign: ReadonlySet<string>): Wanted {
  const words = wordsOf(questionOf(core)).filter((word) => !foreign.has(word));
  const text = words.join(" ");
  const has = (pattern: RegExp) => pattern.test(text);
  if (has(/^(?:\w+ )?whose\b/)) return "whose";
  if (has(/\bwhy\b/)) return "why";
  if (has(/\bhow many\b/)) return "count";
  if (has(/\bhow much\b/)) return "amount";
  if (has(/^(?:from |to )?where\b|\bwhere (?:is|are|was|were|do|does|did|can|will|should)\b|\bwhere$/)) return "where";
  if (has(/^(?:(?:to|by|for|with|from) )?whom?\b|\bwhom?$|\b(?:is|are|was|were|by|to) whom?\b/)) return "who";
  if (
    has(/^when\b|\bwhen$/) ||
    (has(/\bwhen (?:is|was|are|were|do|does|did|can|will|should|the)\b/) && !has(/^(?:what|how|which)\b/))
  )
    return "when";
  const [first = ""] = words;
  if (AUXILIARIES.has(first) && words.length > 2) return / or /.test(text) ? "what" : "yesno";
  if (/[:,;] ?(?:is|are|do|does|can) (?:it|that|this|they|i|he|she)\b/.test(core) || has(/\bwhether\b/)) return "yesno";
  if (has(MEASURED) || has(/\bdiffer(?:s|ent|ence|ences)?\b/)) return "what";
  if (has(/\b(?:what|which)\b/)) return "what";
  return has(/\bhow\b/) ? "how" : "open";
}

/** Of several sentences the last one asks, and a condition in front of it does not. */
function questionOf(core: string): string {
  const sentences = core.split(/(?<=[a-z)"'])[.!?;]\s+/).filter((sentence) => /\p{L}/u.test(sentence));
  const last = sentences.at(-1) ?? core;
  return last.replace(
    /^(?:if|when|because|since|although|once|while|unless|on|in|at|for|after|before|with|without|by|during|under|of)\b[^,?]{2,120}, ?/,
    "",
  );
}

/** Words that make an ask of no such kind one of this kind: "deadline" asks when. Stems. */
const MARKERS: Partial<Record<Wanted, ReadonlySet<string>>> = {
  when: new Set("tim dat year day deadlin hour moment birthday".split(" ")),
  where: new Set("plac location address wher".split(" ")),
  who: new Set("person author discover inventor winner team scientist nam".split(" ")),
  count: new Set("number count amount many total quantity calor".split(" ")),
  amount: new Set("pric cost amount fee much rat total content valu revenu profit incom salary turnov".split(" ")),
};

export interface WantedFacts {
  readonly wanted: Wanted;
  readonly stems: ReadonlySet<string>;
  /** It says what kind of thing the answer is: "which city". */
  readonly hasKind: boolean;
  readonly isDemand: boolean;
}

/** Whether two kinds of question may ask for the same, the words of both given. */
export function wantedAgree(a: WantedFacts, b: WantedFacts): boolean {
  if (a.wanted === b.wanted) return true;
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (one.wanted !== "open" && one.wanted !== "what") continue;
    if (one.wanted === "open" && (other.wanted === "what" || other.wanted === "how")) return true;
    if (other.wanted === "who" && (one.hasKind || (one.wanted === "open" && one.isDemand))) return true;
    const markers = MARKERS[other.wanted];
    if (markers !== undefined && [...one.stems].some((stem) => markers.has(stem))) return true;
  }
  return false;
}

/** Whether a word is there only to say what kind of answer the other side asks for. */
export function isMarker(stem: string, other: Wanted): boolean {
  return MARKERS[other]?.has(stem) === true;
}
