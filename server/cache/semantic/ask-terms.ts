import { isPast, stemOf } from "./lexicon.ts";
import { TIME_LEAD, type WordKind } from "./word-order.ts";
import { numberOf } from "./words.ts";

/** One word or number that carries meaning. */
export interface Term {
  readonly stem: string;
  readonly isNumber: boolean;
  /** Of a number: the word right behind it, and that right before. */
  readonly unit: string | null;
  readonly before: string | null;
  /** Must be said with the very same word: in quotes, in code, a name, a number. */
  readonly isFixed: boolean;
  /** The preposition, conjunction or question word in front of it. */
  readonly lead: string | null;
  readonly order: WordKind;
  /** Stands right behind "which" or "what" and in front of no other content: names only the kind of answer. */
  readonly isKind: boolean;
}

export const setOf = (words: string) => new Set(words.split(" "));

/** Words that carry no meaning of their own, or whose meaning is kept in another fact. */
export const EMPTY = setOf(
  "a an the of in on at for about with and or as it its that this these those there here i you we he she they me us him them " +
    "my your our his her their mine yours ours be am is are was were been being do does did done doing have has had having " +
    "can could may might will would shall should must what which who whom whose when where why how if whether then so " +
    "please kindly just really actually exactly simply quite very also too any such " +
    "into onto via using by to from than per both way ways thing things not no never none nobody neither " +
    "nor without more most less least currently itself myself yourself s t much many following yes",
);
export const PREPOSITIONS = setOf(
  "from to into for by with about of on in at before after than against over under until since towards as through per if because while unless once only even",
);
/** Words that change what is asked, and have no synonyms here. */
const PLACES = setOf(
  "before after during until since inside outside under above below behind across against despite beyond within except " +
    "excluding unless instead between near through atmost atleast up down out off back over",
);
export const NEGATIONS = setOf("not no never without none nobody nothing neither nor except excluding unless");
const TIMES =
  /^(?:today|tonight|tomorrow|yesterday|now|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|june|july|august|september|october|november|december|weekends?|week|month|year|morning|evening|night|noon|midnight)$/;
const ADVERB = /^[a-z]{3,}ly$/;
/** What they stand in front of is what they are said of. */
const HELD = setOf(
  "only nearly hardly barely scarcely mostly partly early family supply apply reply italy fly july rely comply",
);
const LEADS = new Set([...PREPOSITIONS, "without", "when", "where"]);
const QUESTION_LEADS = setOf("how what which");
const GRADABLE = setOf(
  "large big small fast quick slow tall high low old young new long short cheap rich poor good great bad near far deep wide " +
    "heavy light hard easy strong weak safe early late hot cold warm cool dark bright close busy clean dirty happy sad loud quiet " +
    "simple smart thick thin tight loose rare common healthy dry wet dense soft fat narrow shallow steep smooth sharp tiny huge",
);
const IRREGULAR_DEGREES: Readonly<Record<string, readonly [string, string]>> = {
  better: ["good", "more"],
  best: ["good", "most"],
  worse: ["bad", "more"],
  worst: ["bad", "most"],
  further: ["far", "more"],
  furthest: ["far", "most"],
};
/** What is lowered is not lower yet. */
const VERB_FOLLOWS = setOf("to i we you they he she can could should may might");
/** Words and numbers of meaning, in order, and how far comparatives go.
 *
 * @param fixed words that mean themselves */
export function termsOf(words: readonly string[], fixed: ReadonlySet<string>): { terms: Term[]; degrees: string[] } {
  const terms: Term[] = [];
  const degrees: string[] = [];
  let lead: string | null = null;
  const put = (term: Partial<Term> & { readonly stem: string }) => {
    terms.push({
      isNumber: false,
      unit: null,
      before: null,
      isFixed: false,
      isKind: false,
      lead,
      order: "plain",
      ...term,
    });
    lead = null;
  };
  const meaningOf = (word: string | undefined) => (word === undefined || EMPTY.has(word) ? null : stemOf(word));
  for (const [at, word] of words.entries()) {
    if (word === "and" || word === "or") lead = "&";
    else if (word === "but" || word === "then") lead = word;
    else if (LEADS.has(word) && lead !== "&") lead = word;
    else if (lead === null && QUESTION_LEADS.has(words[at - 1] ?? "") && !EMPTY.has(word)) lead = words[at - 1]!;
    if (TIMES.test(word) && (lead === null || ["on", "at", "in"].includes(lead))) lead = TIME_LEAD;
    const number = numberOf(words, at);
    if (number !== null) {
      const [unit, before] = [meaningOf(words[at + 1]), meaningOf(words[at - 1])];
      put({ stem: number, isNumber: true, order: "number", isFixed: true, unit, before });
      continue;
    }
    if (PLACES.has(word)) {
      put({ stem: word, isFixed: true, lead: lead ?? word });
      continue;
    }
    // "Too hot" is not "hot"; at the end it only says "also".
    if (word === "too" && words[at + 1] !== undefined) {
      put({ stem: word, isFixed: true });
      continue;
    }
    const graded = degreeOf(words, at);
    if (graded !== null) {
      degrees.push(graded.degree);
      if (graded.base !== null) put({ stem: stemOf(graded.base), order: "degree" });
      continue;
    }
    if (EMPTY.has(word)) continue;
    const isBehindWhich = words[at - 1] === "which" || words[at - 1] === "what";
    const next = words[at + 1];
    const isKind = isBehindWhich && (next === undefined || EMPTY.has(next) || isPast(next));
    const order = ADVERB.test(word) && !HELD.has(word) ? "adverb" : "plain";
    put({ stem: stemOf(word), isFixed: fixed.has(word), isKind, order });
  }
  return { terms, degrees };
}

/** A comparative or superlative as its base and how far it goes; `more` and `most` without base belong to the next word. */
function degreeOf(words: readonly string[], at: number): { base: string | null; degree: string } | null {
  const word = words[at]!;
  if (word === "lower" && VERB_FOLLOWS.has(words[at - 1] ?? "")) return null;
  const irregular = IRREGULAR_DEGREES[word];
  if (irregular !== undefined) return { base: irregular[0], degree: irregular[1] };
  if (word === "more" || word === "most" || word === "less" || word === "least") return { base: null, degree: word };
  const match = /^([a-z]{3,}?)(i?)(er|est)$/.exec(word);
  if (match === null) return null;
  const [, root = "", y = "", end] = match;
  const bases = [y === "" ? root : `${root}y`, `${root}e`, root.replace(/(.)\1$/, "$1")];
  const base = bases.find((one) => GRADABLE.has(one));
  return base === undefined ? null : { base, degree: end === "er" ? "more" : "most" };
}

/** In another language every word counts as it stands. */
export function foreignTerms(words: readonly string[]): Term[] {
  return words.map((word) => ({
    stem: word,
    isNumber: /^\d/.test(word),
    unit: null,
    before: null,
    isFixed: true,
    lead: null,
    order: "plain",
    isKind: false,
  }));
}
