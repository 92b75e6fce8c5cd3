import {
  CHARACTER_FLAGS,
  CHARACTER_SCRIPT,
  DIGIT,
  LETTER,
  LOWER_CASE,
  PUNCTUATION,
  SPACE,
  UPPER,
} from "./characters.ts";
import { type Counters, DISTINCT_SLOTS } from "./counters.ts";
import {
  FIRST_INSTRUCTION_CLASS,
  hashPhrase,
  hashWord,
  INSTRUCTION_OPENERS,
  LEXICON_ENDS_PHRASE,
  LEXICON_FIRST,
  LEXICON_HASH,
  LEXICON_MASK,
  LEXICON_NUMBER,
  LEXICON_SECOND,
  LEXICON_UNIT,
  WORD_SEED,
} from "./lexicon.ts";

const PRIME = 0x01000193;
const LONG_WORD = 9;
const MOST_WORD_LENGTH = 40;
const MOST_LABEL_LENGTH = 9;
const NEWLINE = 10;
const ANSWER = hashWord("answer");
const QUESTION = hashWord("question");
const [PLEASE, YOU] = INSTRUCTION_OPENERS.map(hashWord);
/** An instruction may begin in the first so many words of a text. */
const OPENING_WORDS = 3;
const LABELS = new Set(["q", "a", "question", "answer", "input", "output", "example", "user", "human"].map(hashWord));

/**
 * Reads text[from, to) once and adds what it finds to `counters`. A word is a run of letters and digits with inner
 * apostrophes; an option is a line of the question that begins with A-J and `.`, `)` or `:`.
 */
export function scanText(text: string, from: number, to: number, counters: Counters, isQuestion: boolean): void {
  const { ascii, scripts } = counters;
  const wordsBefore = counters.words;
  let punctuation = 0;
  let lines = 0;
  let lineFrom = from;
  let previous = NEWLINE;
  let lastVisible = 0;
  // The word and the run of digits that are being read.
  let hash = WORD_SEED;
  let wordLength = 0;
  let wordUppers = 0;
  let isCapital = false;
  let opens = false;
  let digits = 0;
  let value = 0;
  let previousWord = 0;
  let pendingNumber = 0;
  // The option that is being read; -1 outside one.
  let optionFrom = -1;
  let optionWords = 0;
  let optionLetters = 0;
  let optionDigits = 0;

  for (let i = from; i <= to; i++) {
    // One step past the end stands for a newline, which closes an open word, number and option.
    const code = i < to ? text.charCodeAt(i) : NEWLINE;
    const flags = CHARACTER_FLAGS[code]!;
    if (i === lineFrom && i < to) {
      const optionAt = readLineStart(text, i, to, counters);
      if (optionAt >= 0 && isQuestion) {
        if (counters.options === 0 && counters.stemCharacters === 0) {
          counters.classesStem.set(counters.classes);
          counters.stemCharacters = counters.questionCharacters + i - from;
          counters.stemWords = counters.questionWords + counters.words - wordsBefore;
          counters.stemLines = counters.questionLines + lines;
          counters.stemLastCharacter = lastVisible;
        }
        optionFrom = optionAt;
        // The marker's own letter is read after this.
        optionWords = -1;
        optionLetters = -1;
        optionDigits = 0;
      }
    }

    if ((flags & (LETTER | DIGIT)) !== 0) {
      if (code < 128) ascii[code] = ascii[code]! + 1;
      else scripts[CHARACTER_SCRIPT[code]!] = scripts[CHARACTER_SCRIPT[code]!]! + 1;
      if (wordLength === 0) {
        isCapital = (flags & UPPER) !== 0;
        opens = previous === NEWLINE || endsClause(lastVisible) || counters.words - wordsBefore < OPENING_WORDS;
      }
      wordLength++;
      hash = Math.imul(hash ^ LOWER_CASE[code]!, PRIME);
      if ((flags & DIGIT) !== 0) {
        optionDigits++;
        digits++;
        if (digits < 10) value = value * 10 + (code & 15);
      } else {
        optionLetters++;
        if ((flags & UPPER) !== 0) wordUppers++;
        if (digits !== 0) {
          countNumber(counters, digits, value);
          digits = 0;
          value = 0;
        }
      }
      lastVisible = code;
      previous = code;
      continue;
    }

    if (code === 39 && wordLength !== 0 && i + 1 < to && (CHARACTER_FLAGS[text.charCodeAt(i + 1)]! & LETTER) !== 0) {
      ascii[39] = ascii[39]! + 1;
      hash = Math.imul(hash ^ 39, PRIME);
      punctuation++;
      lastVisible = code;
      previous = code;
      continue;
    }

    if (wordLength !== 0) {
      if (hash === 0) hash = 1;
      counters.words++;
      counters.wordCharacters += wordLength;
      if (wordLength > counters.longestWord) counters.longestWord = Math.min(wordLength, MOST_WORD_LENGTH);
      if (wordLength >= LONG_WORD) counters.longWords++;
      if (isCapital) counters.capitalWords++;
      if (wordUppers === wordLength && wordLength > 1) counters.shoutedWords++;
      addDistinct(counters, hash, optionFrom >= 0);
      const instructs = opens || previousWord === PLEASE || previousWord === YOU;
      const written = countWord(counters, hash, previousWord, pendingNumber, instructs);
      pendingNumber = digits === wordLength ? Math.min(value, 100_000) : written;
      if (digits !== 0) {
        countNumber(counters, digits, value);
        digits = 0;
        value = 0;
      }
      if (code === 58 && hash === QUESTION && counters.questionWords + counters.words === wordsBefore + 1) {
        if (isQuestion) counters.beginsWithQuestion = true;
      }
      optionWords++;
      previousWord = hash;
      hash = WORD_SEED;
      wordLength = 0;
      wordUppers = 0;
    }

    if ((flags & PUNCTUATION) !== 0) {
      if (code < 128) ascii[code] = ascii[code]! + 1;
      else scripts[CHARACTER_SCRIPT[code]!] = scripts[CHARACTER_SCRIPT[code]!]! + 1;
      punctuation++;
      countMark(counters, text, code, previous, i, from, to);
      lastVisible = code;
      previous = code;
      continue;
    }

    if ((flags & SPACE) !== 0 && (previous === 46 || previous === 63 || previous === 33)) counters.sentences++;
    if (code === NEWLINE && optionFrom >= 0) {
      countOption(counters, text, optionFrom, i, optionWords, optionLetters, optionDigits);
      optionFrom = -1;
    }
    if (i === to) break;
    if (code < 128) ascii[code] = ascii[code]! + 1;
    if (code === NEWLINE) {
      lines++;
      lineFrom = i + 1;
    }
    previous = code;
  }

  counters.scanned += to - from;
  counters.punctuation += punctuation;
  if (!isQuestion) return;
  counters.questionCharacters += to - from;
  counters.questionWords += counters.words - wordsBefore;
  counters.questionLines += lines;
  if (lastVisible !== 0) counters.questionLastCharacter = lastVisible;
  counters.endsWithAnswer = previousWord === ANSWER && lastVisible === 58;
}

function isAsciiDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function endsClause(code: number): boolean {
  return code === 46 || code === 33 || code === 63 || code === 58 || code === 0;
}

function countNumber(counters: Counters, digits: number, value: number): void {
  counters.numbers++;
  if (digits >= 3) counters.longNumbers++;
  if (digits === 4 && value >= 1800 && value < 2100) counters.years++;
}

/** Adds a word to the set of all words, and an option's word, but for the letter of its marker, to that of options. */
function addDistinct(counters: Counters, hash: number, inOption: boolean): void {
  const { wordSlots, wordStamps, stamp } = counters;
  let slot = (hash ^ (hash >>> 15)) & (DISTINCT_SLOTS - 1);
  const seen = 2 * stamp;
  while (wordStamps[slot]! >= seen && wordSlots[slot] !== hash) slot = (slot + 1) & (DISTINCT_SLOTS - 1);
  if (wordStamps[slot]! < seen) {
    wordSlots[slot] = hash;
    wordStamps[slot] = seen;
    counters.distinctWords++;
  }
  if (inOption && wordStamps[slot] === seen) {
    wordStamps[slot] = seen + 1;
    counters.distinctOptionWords++;
  }
}

/** Counts the classes of a word and of the phrase it ends; returns its value when it is a written-out number. */
function countWord(
  counters: Counters,
  hash: number,
  previousWord: number,
  pendingNumber: number,
  instructs: boolean,
): number {
  const slot = lexiconSlot(hash);
  if (slot < 0) return 0;
  countClasses(counters, slot, instructs);
  if (LEXICON_ENDS_PHRASE[slot] !== 0 && previousWord !== 0) {
    const phrase = lexiconSlot(hashPhrase(previousWord, hash));
    if (phrase >= 0) countClasses(counters, phrase, instructs);
  }
  if (pendingNumber !== 0 && LEXICON_UNIT[slot] !== 0) {
    counters.requestedWords = Math.max(counters.requestedWords, pendingNumber * LEXICON_UNIT[slot]!);
  }
  return LEXICON_NUMBER[slot]!;
}

function lexiconSlot(hash: number): number {
  let slot = hash & LEXICON_MASK;
  while (LEXICON_HASH[slot] !== 0) {
    if (LEXICON_HASH[slot] === hash) return slot;
    slot = (slot + 1) & LEXICON_MASK;
  }
  return -1;
}

function countClasses(counters: Counters, slot: number, instructs: boolean): void {
  countClass(counters, LEXICON_FIRST[slot]! - 1, instructs);
  countClass(counters, LEXICON_SECOND[slot]! - 1, instructs);
}

function countClass(counters: Counters, index: number, instructs: boolean): void {
  if (index < 0 || (index >= FIRST_INSTRUCTION_CLASS && !instructs)) return;
  counters.classes[index] = counters.classes[index]! + 1;
}

function countMark(
  counters: Counters,
  text: string,
  code: number,
  previous: number,
  at: number,
  from: number,
  to: number,
): void {
  const next = at + 1 < to ? text.charCodeAt(at + 1) : 0;
  switch (code) {
    case 36: // $
      if (isAsciiDigit(next)) counters.amounts++;
      break;
    case 46: // .
      if (isAsciiDigit(previous) && isAsciiDigit(next)) counters.decimals++;
      break;
    case 47: // the first slash of ://
      if (previous === 58 && next === 47) counters.links++;
      break;
    case 92: // backslash
      if ((CHARACTER_FLAGS[next]! & LETTER) !== 0) {
        counters.latexCommands++;
        if (text.startsWith("frac", at + 1) || text.startsWith("sqrt", at + 1)) counters.latexFractions++;
      }
      break;
    case 95: // the second of two underscores
      if (previous === 95 && (at < from + 2 || text.charCodeAt(at - 2) !== 95)) counters.blanks++;
      break;
    case 96: // the third of three backticks
      if (previous === 96 && at >= from + 2 && text.charCodeAt(at - 2) === 96) counters.fences++;
      break;
    case 0xb0:
      counters.degrees++;
      break;
    case 0x3002: // full-width full stop, question and exclamation marks
    case 0xff1f:
    case 0xff01:
      counters.sentences++;
      break;
  }
}

/** Counts list items, labels, indented and empty lines; returns where an option's text begins, -1 when there is none. */
function readLineStart(text: string, from: number, to: number, counters: Counters): number {
  let at = from;
  let code = text.charCodeAt(at);
  while ((code === 32 || code === 9) && at + 1 < to) code = text.charCodeAt(++at);
  if (at - from >= 2 || (at > from && text.charCodeAt(from) === 9)) counters.indentedLines++;
  if (code === NEWLINE || code === 13) {
    counters.emptyLines++;
    return -1;
  }
  if (isAsciiDigit(code)) {
    let end = at + 1;
    while (end < to && end < at + 3 && isAsciiDigit(text.charCodeAt(end))) end++;
    const mark = end < to ? text.charCodeAt(end) : 0;
    if ((mark === 46 || mark === 41) && !isAsciiDigit(end + 1 < to ? text.charCodeAt(end + 1) : 0)) {
      counters.numberedItems++;
    }
    return -1;
  }
  if (code === 45 || code === 42 || code === 0x2022) {
    const next = at + 1 < to ? text.charCodeAt(at + 1) : 0;
    if (next === 32 || next === 9) counters.bulletItems++;
    return -1;
  }
  const letterAt = code === 40 ? at + 1 : at;
  const letter = letterAt < to ? text.charCodeAt(letterAt) : 0;
  const mark = letterAt + 1 < to ? text.charCodeAt(letterAt + 1) : 0;
  if (letter >= 65 && letter <= 74 && (mark === 46 || mark === 41 || mark === 58)) return letterAt + 2;
  if ((CHARACTER_FLAGS[code]! & LETTER) !== 0 && isLabel(text, at, to)) counters.exemplarLines++;
  return -1;
}

/** Whether a line begins like a few-shot exemplar: `Q:`, `Input:`, `Answer:`, `Example 3:`. */
function isLabel(text: string, from: number, to: number): boolean {
  const end = Math.min(to, from + MOST_LABEL_LENGTH);
  let hash = WORD_SEED;
  let at = from;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if ((CHARACTER_FLAGS[code]! & LETTER) === 0) break;
    hash = Math.imul(hash ^ LOWER_CASE[code]!, PRIME);
  }
  if (!LABELS.has(hash)) return false;
  while (at < to && (text.charCodeAt(at) === 32 || isAsciiDigit(text.charCodeAt(at)))) at++;
  return at < to && text.charCodeAt(at) === 58;
}

function countOption(
  counters: Counters,
  text: string,
  from: number,
  to: number,
  words: number,
  letters: number,
  digits: number,
): void {
  let begin = from;
  let end = to;
  while (begin < end && (CHARACTER_FLAGS[text.charCodeAt(begin)]! & SPACE) !== 0) begin++;
  while (end > begin && (CHARACTER_FLAGS[text.charCodeAt(end - 1)]! & SPACE) !== 0) end--;
  const length = end - begin;
  counters.optionCharacters += length;
  counters.optionSquares += length * length;
  counters.optionWords += words;
  if (words <= 1) counters.singleWordOptions++;
  if (words >= 8) counters.longOptions++;
  if (digits > 0 && letters <= 4) counters.numericOptions++;
  if (length > 0) {
    if ((CHARACTER_FLAGS[text.charCodeAt(begin)]! & UPPER) !== 0) counters.capitalOptions++;
    if (text.charCodeAt(end - 1) === 46) counters.stoppedOptions++;
    rememberOption(counters, text, begin, end);
  }
  counters.options++;
}

function rememberOption(counters: Counters, text: string, from: number, to: number): void {
  const { optionHashes, options } = counters;
  let hash = WORD_SEED;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  const known = Math.min(options, optionHashes.length);
  for (let k = 0; k < known; k++) {
    if (optionHashes[k] === hash) {
      counters.repeatedOptions++;
      break;
    }
  }
  if (options < optionHashes.length) optionHashes[options] = hash;
}
