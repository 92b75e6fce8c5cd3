import { EMPTY, foreignTerms, NEGATIONS, PREPOSITIONS, setOf, type Term, termsOf } from "./ask-terms.ts";
import { codeOf } from "./code.ts";
import { languageOf } from "./language.ts";
import { isPast, stemOf } from "./lexicon.ts";
import { coreOf, plainPhrases } from "./phrases.ts";
import { type Wanted, wantedOf } from "./wanted.ts";
import { numberOf, wordsOf } from "./words.ts";

/** What is compared of an ask. */
export interface AskFacts {
  readonly language: string;
  readonly terms: readonly Term[];
  readonly wanted: Wanted;
  /** Something is demanded ("I need a letter") and not only asked. */
  readonly isDemand: boolean;
  /** How many words deny: two of them are not one. */
  readonly negations: number;
  /** How much of something, sorted: `all`, `any`, `most`. */
  readonly quantities: readonly string[];
  /** Whose each thing is, where a pronoun says it. */
  readonly owners: readonly (readonly [whose: string, stem: string])[];
  /** What "only" and "even" are said of. */
  readonly stressed: readonly (readonly [word: string, stem: string])[];
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
  /** Who acts and who is acted on, where pronouns say it. */
  readonly actors: ReadonlySet<string>;
  readonly patients: ReadonlySet<string>;
  /** He and she, in order of first mention. */
  readonly genders: readonly string[];
  /** Names that only programs write so: `parseDate`, `user_id`. To the last letter. */
  readonly identifiers: string;
  readonly isPassive: boolean;
  /** How something is done, whoever does it. */
  readonly isHowTo: boolean;
  /** "Is it safe to": what is said stands in front of what it is said of. */
  readonly hasExpletive: boolean;
  /** A question that begins with "is" or with "does". */
  readonly opening: "be" | "do" | null;
}

const ACTORS: Readonly<Record<string, string>> = { i: "i", we: "i", he: "he", she: "she", they: "they" };
const GENDERS: Readonly<Record<string, string>> = {
  he: "he",
  him: "he",
  his: "he",
  she: "she",
  her: "she",
  hers: "she",
};
const OWNERS: Readonly<Record<string, string>> = {
  my: "i",
  our: "i",
  your: "you",
  his: "he",
  her: "she",
  their: "they",
};
const STRESSES: Readonly<Record<string, string>> = { only: "only", even: "even" };
const QUANTITIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(["all", "every", "each", "everyone", "everybody"].map((word) => [word, "all"])),
  ...Object.fromEntries(["any", "anyone", "anybody"].map((word) => [word, "any"])),
  ...Object.fromEntries(["none", "some", "few", "several", "both", "either", "neither"].map((word) => [word, word])),
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
  const { terms, degrees } = isEnglish ? termsOf(words, fixed) : { terms: foreignTerms(words), degrees: [] };
  const all = wordsOf(plain);
  return {
    language,
    terms,
    wanted: isEnglish ? wantedOf(core, code.words) : "open",
    isDemand,
    negations: all.filter((word) => NEGATIONS.has(word)).length,
    quantities: all.flatMap((word) => QUANTITIES[word] ?? []).sort(),
    owners: pointing(words, OWNERS),
    stressed: pointing(words, STRESSES),
    modality: modalityOf(all),
    tense: tenseOf(all),
    degrees: [...degrees].sort(),
    quotes: quotes.map((quote) => wordsOf(plainPhrases(quote)).join(" ")),
    code: code.text,
    relations: isEnglish ? relationsOf(words) : [],
    compared: isEnglish ? comparedOf(words) : null,
    actors: new Set(words.flatMap((word) => ACTORS[word] ?? [])),
    genders: [...new Set(words.flatMap((word) => GENDERS[word] ?? []))],
    identifiers: identifiersOf(ask),
    patients: patientsOf(words),
    opening: isEnglish ? openingOf(words) : null,
    hasExpletive: /^(?:is|was|would|will|can|could) it (?:be )?\w+ (?:to|that|if|for)\b/.test(core),
    isHowTo: isEnglish && HOW_TO.test(core),
    isPassive: isPassive(words),
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
  // Letters that stand for something, in their order: "let A be twice B".
  const letters = ask.match(/(?<![\w.'’])(?!I\b|A\s+[a-z]{2,}(?!\w*\s*=))[A-Z](?![\w.'’])/g) ?? [];
  return [...new Set(found)].sort().concat(letters).join(" ");
}

/** Words with a capital that does not begin a sentence: they mean themselves. */
function namesOf(ask: string): string[] {
  const found = ask.matchAll(/(?<=[\p{Ll}\d,;)"'] )(\p{Lu}[\p{L}\d]+)/gu);
  return [...found].map(([, name]) => name!.toLowerCase());
}

/** "You" is anybody, unless it is acted on. */
function patientsOf(words: readonly string[]): ReadonlySet<string> {
  const isEnd = (word: string | undefined) =>
    word === undefined || word === "and" || word === "or" || PREPOSITIONS.has(word);
  return new Set(
    words.flatMap((word, at) => PATIENTS[word] ?? (word === "you" && at > 0 && isEnd(words[at + 1]) ? ["you"] : [])),
  );
}

const HOW_TO = /^how (?:to|(?:do|can|could|should|would|might|must) (?:i|you|we|one))\b/;
const BE = setOf("is are was were be been being get got gets");
/** How far behind "is" its participle may stand: "is the damage by water covered". */
const PASSIVE_REACH = 6;

function isPassive(words: readonly string[]): boolean {
  return words.some((word, at) => BE.has(word) && words.slice(at + 1, at + PASSIVE_REACH).some(isParticiple));
}

function isParticiple(word: string): boolean {
  return word.length > 3 && isPast(word) && !NO_PARTICIPLE.has(word);
}

const NO_PARTICIPLE = setOf("need speed seed feed indeed hundred exceed became went began came said");

/** Each of these words with the next word of meaning. */
function pointing(words: readonly string[], which: Readonly<Record<string, string>>): (readonly [string, string])[] {
  return words.flatMap((word, at) => {
    const said = which[word];
    const to = said === undefined ? undefined : words.slice(at + 1).find((next) => !EMPTY.has(next));
    return said === undefined || to === undefined ? [] : [[said, stemOf(to)] as const];
  });
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
