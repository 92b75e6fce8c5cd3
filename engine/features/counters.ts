import { SCRIPTS } from "./characters.ts";
import { WORD_CLASS_COUNT } from "./lexicon.ts";

const OPTIONS_REMEMBERED = 32;
export const DISTINCT_SLOTS = 16_384;

/** What one pass over a conversation's text has counted. Made once and reset for each conversation. */
export interface Counters {
  /** [128] occurrences of each ASCII character; [13] of each script. */
  readonly ascii: Int32Array;
  readonly scripts: Int32Array;
  /** [classes] occurrences of each word class: so far, when the question began, and when its options began. */
  readonly classes: Int32Array;
  readonly classesBefore: Int32Array;
  readonly classesStem: Int32Array;
  /**
   * Open-addressing set of word hashes. A slot is taken when its stamp is twice the current one, or one more: then the
   * word occurred in an option.
   */
  readonly wordSlots: Int32Array;
  readonly wordStamps: Float64Array;
  stamp: number;

  scanned: number;
  punctuation: number;
  words: number;
  wordCharacters: number;
  distinctWords: number;
  longestWord: number;
  longWords: number;
  capitalWords: number;
  shoutedWords: number;
  numbers: number;
  longNumbers: number;
  decimals: number;
  years: number;
  amounts: number;
  sentences: number;
  latexCommands: number;
  latexFractions: number;
  fences: number;
  blanks: number;
  degrees: number;
  links: number;
  numberedItems: number;
  bulletItems: number;
  indentedLines: number;
  emptyLines: number;
  exemplarLines: number;
  requestedWords: number;

  /** Of the question, the last user turn, as far as it was read. The stem is what precedes its options. */
  questionCharacters: number;
  questionWords: number;
  questionLines: number;
  questionLastCharacter: number;
  endsWithAnswer: boolean;
  beginsWithQuestion: boolean;
  stemCharacters: number;
  stemWords: number;
  stemLines: number;
  stemLastCharacter: number;

  options: number;
  optionCharacters: number;
  optionSquares: number;
  optionWords: number;
  numericOptions: number;
  singleWordOptions: number;
  longOptions: number;
  capitalOptions: number;
  stoppedOptions: number;
  repeatedOptions: number;
  distinctOptionWords: number;
  readonly optionHashes: Int32Array;
}

const FRESH = {
  scanned: 0,
  punctuation: 0,
  words: 0,
  wordCharacters: 0,
  distinctWords: 0,
  longestWord: 0,
  longWords: 0,
  capitalWords: 0,
  shoutedWords: 0,
  numbers: 0,
  longNumbers: 0,
  decimals: 0,
  years: 0,
  amounts: 0,
  sentences: 0,
  latexCommands: 0,
  latexFractions: 0,
  fences: 0,
  blanks: 0,
  degrees: 0,
  links: 0,
  numberedItems: 0,
  bulletItems: 0,
  indentedLines: 0,
  emptyLines: 0,
  exemplarLines: 0,
  requestedWords: 0,
  questionCharacters: 0,
  questionWords: 0,
  questionLines: 0,
  questionLastCharacter: 0,
  endsWithAnswer: false,
  beginsWithQuestion: false,
  stemCharacters: 0,
  stemWords: 0,
  stemLines: 0,
  stemLastCharacter: 0,
  options: 0,
  optionCharacters: 0,
  optionSquares: 0,
  optionWords: 0,
  numericOptions: 0,
  singleWordOptions: 0,
  longOptions: 0,
  capitalOptions: 0,
  stoppedOptions: 0,
  repeatedOptions: 0,
  distinctOptionWords: 0,
};

export function createCounters(): Counters {
  return {
    ascii: new Int32Array(128),
    scripts: new Int32Array(SCRIPTS.length),
    classes: new Int32Array(WORD_CLASS_COUNT),
    classesBefore: new Int32Array(WORD_CLASS_COUNT),
    classesStem: new Int32Array(WORD_CLASS_COUNT),
    wordSlots: new Int32Array(DISTINCT_SLOTS),
    wordStamps: new Float64Array(DISTINCT_SLOTS),
    stamp: 0,
    optionHashes: new Int32Array(OPTIONS_REMEMBERED),
    ...FRESH,
  };
}

export function resetCounters(counters: Counters): void {
  counters.ascii.fill(0);
  counters.scripts.fill(0);
  counters.classes.fill(0);
  counters.classesBefore.fill(0);
  counters.classesStem.fill(0);
  counters.stamp++;
  Object.assign(counters, FRESH);
}
