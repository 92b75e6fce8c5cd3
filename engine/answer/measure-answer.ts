import type { AnswerMeasures } from "../schema/answer-measures.ts";
import { type AnswerAsk, NUMBER, plainNumber } from "./answer-kind.ts";
import { countEquations } from "./equations.ts";
import { type AnswerParts, type FinalAnswer, finalAnswer } from "./final-answer.ts";

/** An answer as it came. */
export interface AnswerText extends AnswerParts {
  /** The model was cut off at its limit of tokens. */
  readonly isCutOff: boolean;
  /** The vendor says that the model refused. */
  readonly isRefused: boolean;
  /** Whether the answer fits the schema that was asked for, or that of the tools that it calls; null where nobody checked. */
  readonly isValid: boolean | null;
}

const MOST_CHARACTERS = 20_000;
const MOST_NUMBERS = 400;
const CONTRAST = /\b(?:however|but|although|on the other hand)\b/gi;
const APPROXIMATION = /\b(?:about|approximately|closest|roughly|around|nearly)\b/gi;
const CONJECTURE = /\b(?:likely|assum(?:e|ing|ption)|probably|perhaps|might|i think|seems?)\b/gi;
const DENIAL = /\b(?:cannot|can't|none of the|not possible|unable to|not enough)\b/gi;
const RECHECK = /\b(?:wait|mistake|recalculate|let me re|double-?check|correction)\b/gi;
const REFUSAL =
  /\b(?:i(?:'m| am) (?:sorry|unable|not able)|i (?:can(?:no|')t|won't) (?:help|assist|provide|answer|comply)|as an ai)\b/i;
/** A refusal is short and begins as one. */
const LONGEST_REFUSAL = 400;
const BARE_REFUSAL =
  /^\W{0,3}(?:(?:i(?:'m| am) (?:very |so )?sorry|sorry|unfortunately|i apologi[sz]e)\b.{0,40}?\b)?(?:i(?:'m| am) (?:unable|not able)|i (?:can(?:no|')t|won't|will not) (?:help|assist|provide|answer|comply|do that|fulfil))\b|^\W{0,3}as an ai\b/i;
const STEP = /(?:^|\n)\s*(?:\d+[.)]|[-*•])\s|[.!?]\s+(?=[A-Z])/g;
const REGULAR_END = /[.!?)\]}"'`*:\d\w%$]\s*$/;

/** Counts what an answer shows of itself, in one bounded look. */
export function measureAnswer(answer: AnswerText, ask: AnswerAsk): AnswerMeasures {
  const text = answer.text.length > MOST_CHARACTERS ? answer.text.slice(-MOST_CHARACTERS) : answer.text;
  const final = finalAnswer({ text, calls: answer.calls }, ask.kind);
  const numbers = text.match(NUMBER)?.slice(0, MOST_NUMBERS) ?? [];
  const used = new Set(numbers.map(plainNumber));
  const lower = ask.options.length === 0 ? "" : text.toLowerCase();
  const { equations, wrong } = countEquations(text);
  return {
    answer: final.answer,
    isFound: final.isFound && answer.isValid !== false,
    characters: answer.text.length,
    words: countWords(text),
    lines: text === "" ? 0 : text.split("\n").length,
    steps: count(text, STEP),
    reasonCharacters: Math.min(final.at, text.length),
    equations,
    wrongEquations: wrong,
    contrasts: count(text, CONTRAST),
    approximations: count(text, APPROXIMATION),
    conjectures: count(text, CONJECTURE),
    denials: count(text, DENIAL),
    rechecks: count(text, RECHECK),
    stated: final.stated,
    optionsSeen: ask.options.length === 0 ? null : ask.options.filter((option) => lower.includes(option)).length,
    isTruncated: answer.isCutOff || (text !== "" && !REGULAR_END.test(text)),
    isRefusal: answer.isRefused || REFUSAL.test(text.slice(0, 400)),
    isSupported: isSupported(final, text, ask),
    numbersUsed:
      ask.numbers.length === 0 ? null : ask.numbers.filter((number) => used.has(number)).length / ask.numbers.length,
    numbers: numbers.length,
    isBroken: isBroken(answer, text, final, ask),
  };
}

/** Hard faults of form alone: what merely ends oddly or is sorry for something is an answer like others. */
function isBroken(answer: AnswerText, text: string, final: FinalAnswer, { kind }: AnswerAsk): boolean {
  const { calls, isCutOff, isRefused, isValid } = answer;
  if (isRefused || isValid === false) return true;
  if (calls.length > 0) return !final.isFound;
  if (text.trim() === "" || (kind === "json" && !final.isFound)) return true;
  return final.answer === "" && (isCutOff || (text.length < LONGEST_REFUSAL && BARE_REFUSAL.test(text)));
}

/** The final answer occurs in the text before it: the chosen option's text, one of the last three numbers, the literal. */
function isSupported({ answer, at }: FinalAnswer, text: string, { kind, options }: AnswerAsk): boolean | null {
  if (answer === "" || (kind !== "choice" && kind !== "number" && kind !== "value")) return null;
  const before = text.slice(0, at);
  if (kind === "choice") {
    const option = options["ABCDEFGHIJ".indexOf(answer)];
    return option === undefined ? null : before.toLowerCase().includes(option);
  }
  if (/^-?\d/.test(answer)) return (before.match(NUMBER) ?? []).slice(-3).map(plainNumber).includes(answer);
  return before.replaceAll(/\s+/g, "").replaceAll('"', "'").includes(answer);
}

function countWords(text: string): number {
  let words = 0;
  let isInside = false;
  for (let i = 0; i < text.length; i++) {
    const isBlank = text.charCodeAt(i) <= 32;
    if (!isBlank && !isInside) words++;
    isInside = !isBlank;
  }
  return words;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
