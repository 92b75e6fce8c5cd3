import type { Conversation } from "./conversation.ts";
import {
  CHARACTER_FLAGS,
  CHARACTER_SCRIPT,
  DIGIT,
  LETTER,
  PUNCTUATION,
  SCRIPTS,
  SPACE,
  UPPER,
} from "./features/characters.ts";

/** Longer text is sampled: so many pieces, spread evenly from its beginning to its end, stand for the rest. */
const SAMPLES = 8;
const SAMPLE_LENGTH = 1_024;
const SAMPLE_LIMIT = SAMPLES * SAMPLE_LENGTH;
/** What chat templates add for each message (role and separators), and once. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_CONVERSATION = 3;
const TOKENS_PER_IMAGE = 765;
const SCHEMA_CHARACTERS_PER_TOKEN = 4.2;

/** What a text is made of, as far as a tokenizer cares. Indices of `TOKEN_WEIGHTS`; scripts follow after the last. */
const PART = {
  word: 0,
  excessLetter: 1,
  innerCapital: 2,
  digitGroup: 3,
  spacedNumber: 4,
  markRun: 5,
  furtherMark: 6,
  markBeforeLetter: 7,
  newlineRun: 8,
  spaceRun: 9,
  control: 10,
} as const;
const FIRST_SCRIPT = 11;
/** Letters of a word that its first token covers on average. */
const COVERED_LETTERS = 9;
export const TOKEN_PARTS = FIRST_SCRIPT + SCRIPTS.length;

/**
 * Tokens per part, fitted by `trainer/encoder/scripts/fit-tokens.ts` against o200k on the prompts of the outcome data, and for
 * scripts that it lacks on a few sentences each.
 */
const TOKEN_WEIGHTS = Float64Array.of(
  1.012,
  0.146,
  0.921,
  1.134,
  0.849,
  0.915,
  0.174,
  -0.287,
  1.001,
  0.792,
  1.718,
  0,
  0.72,
  0.216,
  0.825,
  0.639,
  0.732,
  0.334,
  0.375,
  0.426,
  0.414,
  0.398,
  0.389,
  0.991,
);

const PARTS = new Int32Array(TOKEN_PARTS);

/** Expected input tokens of a conversation, tools and message overhead included; an integer >= 1. */
export function estimateInputTokens(conversation: Conversation): number {
  let tokens = TOKENS_PER_CONVERSATION + estimateTextTokens(conversation.system);
  let messages = conversation.system === "" ? 0 : 1;
  for (const turn of conversation.turns) {
    tokens += estimateTextTokens(turn.text);
    messages++;
  }
  tokens += messages * TOKENS_PER_MESSAGE;
  tokens += finite(conversation.toolChars) / SCHEMA_CHARACTERS_PER_TOKEN;
  tokens += finite(conversation.imageCount) * TOKENS_PER_IMAGE;
  return Math.max(1, Math.round(tokens));
}

/** Expected tokens of a text alone, >= 0, not rounded. */
export function estimateTextTokens(text: string): number {
  PARTS.fill(0);
  if (text.length <= SAMPLE_LIMIT) {
    countTokenParts(text, 0, text.length, PARTS);
    return weigh(PARTS);
  }
  for (let i = 0; i < SAMPLES; i++) {
    const from = Math.floor((i * (text.length - SAMPLE_LENGTH)) / (SAMPLES - 1));
    countTokenParts(text, from, from + SAMPLE_LENGTH, PARTS);
  }
  return (weigh(PARTS) * text.length) / SAMPLE_LIMIT;
}

function weigh(parts: Int32Array): number {
  let tokens = 0;
  for (let i = 0; i < TOKEN_PARTS; i++) tokens += parts[i]! * TOKEN_WEIGHTS[i]!;
  return Math.max(tokens, 0);
}

function finite(count: number): number {
  return count > 0 && count < 1e9 ? count : 0;
}

/** Adds the parts of text[from, to) to `parts`, of length `TOKEN_PARTS`. */
export function countTokenParts(text: string, from: number, to: number, parts: Int32Array): void {
  let word = 0;
  let digits = 0;
  let previous = 0;
  let previousFlags = 0;
  let spaces = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    const flags = CHARACTER_FLAGS[code]!;
    if (code < 128 && (flags & LETTER) !== 0) {
      if (word === 0) {
        parts[PART.word]!++;
        if ((previousFlags & PUNCTUATION) !== 0) parts[PART.markBeforeLetter]!++;
      } else if ((flags & UPPER) !== 0 && (previousFlags & UPPER) === 0) parts[PART.innerCapital]!++;
      word++;
      if (word > COVERED_LETTERS) parts[PART.excessLetter]!++;
      digits = 0;
      spaces = 0;
    } else if (code < 128 && (flags & DIGIT) !== 0) {
      if (digits % 3 === 0) parts[PART.digitGroup]!++;
      if (digits === 0 && previous === 32) parts[PART.spacedNumber]!++;
      digits++;
      word = 0;
      spaces = 0;
    } else {
      word = 0;
      digits = 0;
      if ((flags & SPACE) !== 0) {
        spaces++;
        if (code === 10) {
          if (previous !== 10) parts[PART.newlineRun]!++;
        } else if (spaces === 2) parts[PART.spaceRun]!++;
      } else {
        spaces = 0;
        if (code >= 128) parts[FIRST_SCRIPT + CHARACTER_SCRIPT[code]!]!++;
        else if (flags === 0) parts[PART.control]!++;
        else if ((previousFlags & PUNCTUATION) !== 0) parts[PART.furtherMark]!++;
        else parts[PART.markRun]!++;
      }
    }
    previous = code;
    previousFlags = flags;
  }
}
