import { LOWER_CASE } from "./characters.ts";

/**
 * Classes of words and two-word phrases whose occurrences the scanner counts. A word may stand in several classes.
 * The first group is the study's (multiple-choice questions, word problems), the rest is for chat and agent traffic.
 */
const WORD_CLASSES = {
  what: "what",
  which: "which",
  who: "who",
  when: "when",
  where: "where",
  why: "why",
  how: "how",
  if: "if",
  is: "is",
  does: "does",
  negation: "not|except|false|incorrect|least",
  following: "following",
  truth: "true|correct|statement|statements",
  combination: "the above|both|neither",
  compute: "calculate|find|how many|how much|compute|probability|evaluate|solve|determine",
  superlative: "most|best|likely|primarily|mainly",
  thirdPerson: "he|she|his|her|him",
  firstPerson: "i|my|me",
  scenario: "scenario|scenarios|statement 1|statement 2|wrong wrong",
  quantity: "half|twice|double|triple|each|every|per|total|remaining|left|times|more than|less than",
  condition: "if|then|because|therefore|suppose|assume|given",
  definition: "according to|refers to|known as|called|defined",
  law: "court|plaintiff|defendant|statute|contract|law",
  medicine: "patient|year old|disease|clinical|symptom|symptoms",
  variable: "x",
  assertion: "assert",
  code: "def|return|int|print|class|include|function|import|public|static|void|const|var|let|null|elif|lambda",
  program:
    "code|python|javascript|typescript|java|script|implement|sql|bug|debug|api|html|css|regex|rust|golang|bash|exception|refactor|compile",
  constraint:
    "must|exactly|avoid|ensure|without|required|shall|cannot|don't|do not|at least|at most|no more|limit|strictly|only use|make sure",
  format: "json|yaml|xml|csv|table|markdown|schema|bullet|format|template|column|columns",
  brief: "briefly|concise|concisely|shortly|succinct|one word|single word|be short|be brief",
  depth:
    "detailed|comprehensive|essay|article|thorough|elaborate|in depth|report|guide|outline|step by|prove|proof|derive|show that|justify",
  creative:
    "story|poem|song|haiku|joke|fiction|novel|lyrics|imagine|scene|rhyme|act as|you are|pretend|roleplay|persona",
  tool: "tool|tools|browser|file|files|command|execute|terminal|repository|functions|parameters|arguments",
  // The classes from here on count only where an instruction begins.
  generate: "write|create|generate|compose|draft|make|design|build|develop|produce|give|list|suggest",
  transform:
    "rewrite|edit|improve|paraphrase|proofread|fix|revise|rephrase|summarize|summarise|translate|convert|extract|classify|categorize|label|identify",
  explain: "explain|describe|discuss|compare|contrast|analyze|analyse|tell me|help me|what are|how do|how can",
} as const;
export type WordClass = keyof typeof WORD_CLASSES;

const CLASS_NAMES = Object.keys(WORD_CLASSES) as WordClass[];
export const WORD_CLASS_COUNT = CLASS_NAMES.length;
/** Classes from this index on count only where an instruction begins. */
export const FIRST_INSTRUCTION_CLASS = CLASS_NAMES.indexOf("generate");
/** Words after which an instruction may begin: "please write", "can you write". */
export const INSTRUCTION_OPENERS = ["please", "you"] as const;

/** Index of a class in the scanner's counters. */
export function wordClass(name: WordClass): number {
  return CLASS_NAMES.indexOf(name);
}

/** Units of length that an instruction asks for ("in 200 words"), in words, and numbers that are written out. */
const UNIT_WORDS: Readonly<Record<string, number>> = {
  word: 1,
  words: 1,
  sentence: 20,
  sentences: 20,
  paragraph: 100,
  paragraphs: 100,
  page: 400,
  pages: 400,
  line: 10,
  lines: 10,
  token: 0.75,
  tokens: 0.75,
  bullet: 20,
  bullets: 20,
  points: 20,
};
const NUMBER_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

export const WORD_SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/** FNV-1a over the lower-cased UTF-16 units; what the scanner computes while it reads. */
export function hashWord(word: string): number {
  let hash = WORD_SEED;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ LOWER_CASE[word.charCodeAt(i)]!, PRIME);
  return hash === 0 ? 1 : hash;
}

export function hashPhrase(first: number, second: number): number {
  const hash = Math.imul(first ^ (second >>> 7), PRIME) ^ second;
  return hash === 0 ? 1 : hash;
}

const SLOTS = 2048;
/** Open addressing by hash; two different words of equal hash are taken for one, which a statistic can bear. */
export const LEXICON_MASK = SLOTS - 1;
export const LEXICON_HASH = new Int32Array(SLOTS);
/** Up to two classes an entry, as class + 1; 0 for none. */
export const LEXICON_FIRST = new Uint8Array(SLOTS);
export const LEXICON_SECOND = new Uint8Array(SLOTS);
/** 1 when a phrase ends in this word. */
export const LEXICON_ENDS_PHRASE = new Uint8Array(SLOTS);
/** Words a unit stands for, and the value of a written-out number; 0 for neither. */
export const LEXICON_UNIT = new Float32Array(SLOTS);
export const LEXICON_NUMBER = new Uint8Array(SLOTS);

CLASS_NAMES.forEach((name, index) => {
  for (const entry of WORD_CLASSES[name].split("|")) {
    const [first, second] = entry.split(" ");
    if (second === undefined) enter(hashWord(entry), index);
    else {
      enter(hashPhrase(hashWord(first!), hashWord(second)), index);
      LEXICON_ENDS_PHRASE[slotOf(hashWord(second))] = 1;
    }
  }
});
for (const [unit, words] of Object.entries(UNIT_WORDS)) LEXICON_UNIT[slotOf(hashWord(unit))] = words;
NUMBER_WORDS.forEach((word, index) => {
  LEXICON_NUMBER[slotOf(hashWord(word))] = index + 1;
});

function enter(hash: number, classIndex: number): void {
  const slot = slotOf(hash);
  if (LEXICON_FIRST[slot] === 0) LEXICON_FIRST[slot] = classIndex + 1;
  else LEXICON_SECOND[slot] = classIndex + 1;
}

function slotOf(hash: number): number {
  let slot = hash & LEXICON_MASK;
  while (LEXICON_HASH[slot] !== 0 && LEXICON_HASH[slot] !== hash) slot = (slot + 1) & LEXICON_MASK;
  LEXICON_HASH[slot] = hash;
  return slot;
}
