import { codeOf } from "./code.ts";
import { commonWords, languageOf } from "./language.ts";
import { isPast, stemOf } from "./lexicon.ts";
import { coreOf, plainPhrases } from "./phrases.ts";
import { type Wanted, wantedOf } from "./wanted.ts";
import { numberOf, wordsOf } from "./words.ts";

/** One word or number that carries meaning. */
export interface Term {
  readonly stem: string;
  readonly isNumber: boolean;
  /** Of a number: the word right behind it, and that right before. */
  readonly unit: string | null;
  readonly before: string | null;
  /** Must be said with the very same word: in quotes, in code, a name, a number. */
  readonly isFixed: boolean;
  /** Stands right behind "which" or "what" and in front of no other content: names only the kind of answer. */
  readonly isKind: boolean;
}

/** What is compared of an ask. */
export interface AskFacts {
  readonly language: string;
  readonly terms: readonly Term[];
  readonly wanted: Wanted;
  /** Something is demanded ("I need a letter") and not only asked. */
  readonly isDemand: boolean;
  readonly isNegated: boolean;
  /** "must" and "may" ask for other answers. */
  readonly modality: "must" | "may" | "should" | null;
  readonly tense: "past" | "present" | "future" | null;
  /** How far: comparatives and superlatives, sorted. */
  readonly degrees: readonly string[];
  /** Words in quotes, each as it stands. */
  readonly quotes: readonly string[];
  /** Whatever is written for machines; empty without. */
  readonly code: string;
  /** Prepositions, and the stem that each points at. */
  readonly relations: readonly (readonly [preposition: string, stem: string])[];
  /** What stands in front of "than" and behind it; null without. */
  readonly compared: { readonly more: readonly string[]; readonly less: readonly string[] } | null;
  /** Stems and persons in order; `&` where things are only joined. For who does what to whom. */
  readonly sequence: readonly string[];
  /** Words that stand side by side, as `a b`. */
  readonly neighbours: ReadonlySet<string>;
  /** Who acts and who is acted on, where pronouns say it. */
  readonly actors: ReadonlySet<string>;
  readonly patients: ReadonlySet<string>;
  /** He and she, in order of first mention. */
  readonly genders: readonly string[];
  /** Names that only programs write so: `parseDate`, `user_id`. To the last letter. */
  readonly identifiers: string;
  readonly isPassive: boolean;
  /** A question that begins with "is" or with "does". */
  readonly opening: "be" | "do" | null;
}

const setOf = (words: string) => new Set(words.split(" "));

/** Words that carry no meaning of their own, or whose meaning is kept in another fact. */
const EMPTY = setOf(
  "a an the of in on at for about with and or as it its that this these those there here i you we he she they me us him them " +
    "my your our his her their mine yours ours be am is are was were been being do does did done doing have has had having " +
    "can could may might will would shall should must what which who whom whose when where why how if whether then so " +
    "please kindly just really actually exactly simply quite very also too any such " +
    "into onto via using by to from than per both way ways thing things not no never none nobody neither " +
    "nor without more most less least currently itself myself yourself s t much many following yes",
);
const PREPOSITIONS = setOf(
  "from to into for by with about of on in at before after than against over under until since towards as through per if because while unless once only even",
);
/** Words that change what is asked, and have no synonyms here. */
const PLACES = setOf(
  "before after during until since inside outside under above below behind across against despite beyond within except " +
    "excluding unless instead between near through atmost atleast up down out off back over",
);
const NEGATIONS = setOf("not no never without none nobody nothing neither nor except excluding unless");
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
const ACTORS: Readonly<Record<string, string>> = { i: "i", we: "i", he: "he", she: "she", they: "they" };
const GENDERS: Readonly<Record<string, string>> = {
  he: "he",
  him: "he",
  his: "he",
  she: "she",
  her: "she",
  hers: "she",
};
const PATIENTS: Readonly<Record<string, string>> = { me: "i", us: "i", him: "he", them: "they" };

/** Reads an ask once, so that comparing it with many costs little. */
export function askFacts(ask: string): AskFacts {
  const language = languageOf(ask);
  const isEnglish = language === "en";
  const quotes = quotesOf(ask);
  const plain = isEnglish ? plainPhrases(ask) : ask.normalize("NFKC").toLowerCase();
  const { core, isDemand } = isEnglish ? coreOf(plain) : { core: plain, isDemand: false };
  const code = codeOf(ask);
  const words = wordsOf(core);
  const fixed = new Set([...quotes.flatMap((quote) => wordsOf(plainPhrases(quote))), ...code.names, ...namesOf(ask)]);
  const { terms, degrees } = isEnglish ? termsOf(words, fixed) : { terms: foreignTerms(words, language), degrees: [] };
  const all = wordsOf(plain);
  return {
    language,
    terms,
    wanted: isEnglish ? wantedOf(core, code.words) : "open",
    isDemand,
    isNegated: all.some((word) => NEGATIONS.has(word)),
    modality: modalityOf(all),
    tense: tenseOf(all),
    degrees: [...degrees].sort(),
    quotes: quotes.map((quote) => wordsOf(plainPhrases(quote)).join(" ")),
    code: code.text,
    relations: isEnglish ? relationsOf(words) : [],
    compared: isEnglish ? comparedOf(words) : null,
    sequence: isEnglish ? sequenceOf(words) : [],
    neighbours: isEnglish ? neighboursOf(words) : new Set(),
    actors: new Set(words.flatMap((word) => ACTORS[word] ?? [])),
    genders: [...new Set(words.flatMap((word) => GENDERS[word] ?? []))],
    identifiers: identifiersOf(ask),
    patients: new Set(words.flatMap((word) => PATIENTS[word] ?? [])),
    opening: isEnglish ? openingOf(words) : null,
    isPassive: /\b(?:is|are|was|were|be|been|being|get|got)\s+(?:\w+\s+)?\w+(?:ed|en|wn|ght|ne|de|ft|ld|id)\b/.test(
      plain,
    ),
  };
}

function quotesOf(ask: string): string[] {
  const found = ask.matchAll(
    /"([^"]{1,200})"|“([^”]{1,200})”|«([^»]{1,200})»|(?<![\p{L}\d])['‘]([^'’\n]{1,200})['’](?![\p{L}\d])/gu,
  );
  return [...found]
    .map((match) => (match[1] ?? match[2] ?? match[3] ?? match[4] ?? "").trim())
    .filter((quote) => quote !== "");
}

/** Brands that write themselves like variables are left out: iPhone, macOS. */
function identifiersOf(ask: string): string {
  const found = ask.match(/(?<![\w])(?!(?:mac|watch|tv|iPad)OS\b)(?:[a-z]{2,}\d*[A-Z]\w*|[A-Za-z]\w*_\w+)/g) ?? [];
  return [...new Set(found)].sort().join(" ");
}

/** Words with a capital that does not begin a sentence: they mean themselves. */
function namesOf(ask: string): string[] {
  const found = ask.matchAll(/(?<=[\p{Ll}\d,;)"'] )(\p{Lu}[\p{L}\d]+)/gu);
  return [...found].map(([, name]) => name!.toLowerCase());
}

function termsOf(words: readonly string[], fixed: ReadonlySet<string>): { terms: Term[]; degrees: string[] } {
  const terms: Term[] = [];
  const degrees: string[] = [];
  const plainTerm = { isNumber: false, unit: null, before: null, isFixed: false, isKind: false };
  const meaningOf = (word: string | undefined) => (word === undefined || EMPTY.has(word) ? null : stemOf(word));
  for (const [at, word] of words.entries()) {
    const number = numberOf(words, at);
    if (number !== null) {
      const [unit, before] = [meaningOf(words[at + 1]), meaningOf(words[at - 1])];
      terms.push({ ...plainTerm, stem: number, isNumber: true, isFixed: true, unit, before });
      continue;
    }
    if (PLACES.has(word)) {
      terms.push({ ...plainTerm, stem: word, isFixed: true });
      continue;
    }
    // "Too hot" is not "hot"; at the end it only says "also".
    if (word === "too" && words[at + 1] !== undefined) {
      terms.push({ ...plainTerm, stem: word, isFixed: true });
      continue;
    }
    const graded = degreeOf(words, at);
    if (graded !== null) {
      degrees.push(graded.degree);
      if (graded.base !== null) terms.push({ ...plainTerm, stem: stemOf(graded.base) });
      continue;
    }
    if (EMPTY.has(word)) continue;
    const isBehindWhich = words[at - 1] === "which" || words[at - 1] === "what";
    const next = words[at + 1];
    const isKind = isBehindWhich && (next === undefined || EMPTY.has(next) || isPast(next));
    terms.push({ ...plainTerm, stem: stemOf(word), isFixed: fixed.has(word), isKind });
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

/** In another language only the very same words are the same, but for the commonest. */
function foreignTerms(words: readonly string[], language: string): Term[] {
  const common = commonWords(language);
  return words
    .filter((word) => !common.has(word))
    .map((word) => ({
      stem: word,
      isNumber: /^\d/.test(word),
      unit: null,
      before: null,
      isFixed: true,
      isKind: false,
    }));
}

function openingOf([first = ""]: readonly string[]): AskFacts["opening"] {
  if (["is", "are", "am", "was", "were"].includes(first)) return "be";
  return ["do", "does", "did"].includes(first) ? "do" : null;
}

function modalityOf(words: readonly string[]): AskFacts["modality"] {
  const must = words.some((word) => word === "must" || word === "need" || word === "required" || word === "mandatory");
  const may = words.some((word) => ["can", "could", "may", "allowed", "permitted", "able", "possible"].includes(word));
  const should = words.includes("should") || words.includes("ought");
  if (Number(must) + Number(may) + Number(should) !== 1) return null;
  return must ? "must" : may ? "may" : "should";
}

function tenseOf(words: readonly string[]): AskFacts["tense"] {
  const has = (...forms: readonly string[]) => words.some((word) => forms.includes(word));
  const [past, future] = [has("was", "were", "did", "had"), has("will", "shall")];
  const present = has("is", "are", "am", "do", "does");
  if (Number(past) + Number(future) + Number(present) !== 1) return null;
  return past ? "past" : future ? "future" : "present";
}

/** What an ask asks for, where a preposition points at it. */
export const ASKED = "?";

/** What each preposition, and each "not", points at: the next word of meaning, not too far off. */
function relationsOf(words: readonly string[]): (readonly [string, string])[] {
  return words.flatMap((said, at) => {
    const word = NEGATIONS.has(said) ? "not" : said;
    if (word !== "not" && !PREPOSITIONS.has(word)) return [];
    const ahead = words.slice(at + 1, at + 5);
    // "Who does she report to": it points at what is asked for.
    if (ahead.length === 0) return [[word, ASKED] as const];
    const stop = ahead.findIndex((next) => PREPOSITIONS.has(next));
    const near = stop === -1 ? ahead : ahead.slice(0, stop);
    const to = near.findIndex((next, i) => !EMPTY.has(next) || numberOf(near, i) !== null);
    return to === -1 ? [] : [[word, numberOf(near, to) ?? stemOf(near[to]!)] as const];
  });
}

function comparedOf(words: readonly string[]): AskFacts["compared"] {
  const than = words.indexOf("than");
  if (than === -1) return null;
  const [more, less] = [words.slice(0, than), words.slice(than + 1)].map(sequenceOf);
  return { more: more!, less: less! };
}

function sequenceOf(words: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    if (word === "and" || word === "or") return ["&"];
    const person = ACTORS[word] ?? PATIENTS[word];
    if (person !== undefined) return [`person ${person}`];
    return EMPTY.has(word) ? [] : [numberOf(words, at) ?? stemOf(word)];
  });
}

function neighboursOf(words: readonly string[]): ReadonlySet<string> {
  const pairs = new Set<string>();
  for (let at = 1; at < words.length; at++) {
    const [left, right] = [words[at - 1]!, words[at]!];
    if (!EMPTY.has(left) && !EMPTY.has(right)) pairs.add(`${stemOf(left)} ${stemOf(right)}`);
  }
  return pairs;
}
