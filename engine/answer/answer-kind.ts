import type { Conversation } from "../conversation.ts";

/** What kind of final answer a request asks for. `text` is anything whose answers can be neither checked nor compared. */
export const ANSWER_KINDS = ["choice", "number", "value", "json", "tool", "code", "text"] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** What a request asks for, as far as its answer can be held against it. */
export interface AnswerAsk {
  readonly kind: AnswerKind;
  /** Texts of the options of a choice, in order; empty without. */
  readonly options: readonly string[];
  /** Distinct numbers of the question. */
  readonly numbers: readonly string[];
}

const MOST_CHARACTERS = 12_000;
const MOST_NUMBERS = 64;
const OPTION = /^[ \t]*\(?([A-J])[.):][ \t]*(\S[^\n]*)$/gm;
const LEAST_OPTIONS = 3;
export const NUMBER = /-?\d[\d,]*(?:\.\d+)?/g;
/** A final answer on a line of its own, or in a form that can be read by a program. */
const FINAL_LINE =
  /\b(?:final answer|the answer is|answer (?:with|only)|only (?:the|a) (?:final )?(?:answer|number|value|letter)|just the (?:answer|number|letter)|####|\\boxed|"answer")/i;
/**
 * "End with a line 'Answer: ...'": the form of a last line, and not a prompt that itself ends with "Answer:". What stands after the
 * colon says what is wanted.
 */
const ANSWER_LINE =
  /\b(?:[Ee]nd(?:s|ing)?|[Ff]inish|[Cc]onclude|[Cc]lose|lines?|form|format|formatted|template)\b[^.?!]{0,80}?(?:["'`*_“‘([{<]answer|["'`*_“‘([{<\s](?:Answer|ANSWER))['"`*_]{0,3}\s?:[ \t]*(\S[^\n]{0,39})/;
const WORD_FOR_NUMBER =
  /^[\W_]*(?:(?:the|a|an|your|final|single|one)\s+)*(?:num|number|numeric|numerical|integer|digits?|decimal)\b/i;
const WANTS_NUMBER =
  /\b(?:how (?:many|much|long|far|old|fast|tall|often)|what (?:is|are|was|will be) the (?:\w+ ){0,3}(?:value|sum|product|number|total|probability|area|volume|perimeter|price|cost|distance|percentage|average|remainder|length|cost)|(?:find|compute|calculate|evaluate|determine) )/i;
const WANTS_VALUE = /\b(?:what (?:is|does|will) .{0,60}\b(?:output|return|print|evaluate)|output of|f\(.*\) ==)/i;
const CODE_WITH_TEST = /\b(?:assert |unit tests?|pytest|test (?:command|cases?|suite))/i;
const WANTS_CODE =
  /\b(?:write|implement|complete|fix) (?:a |an |the |this )?(?:\w+ ){0,4}(?:function|program|code|class|method|script)\b/i;

/** Reads off a request what its answer will be comparable by. Time is bounded whatever its length. */
export function answerAsk(conversation: Conversation): AnswerAsk {
  const question = lastQuestion(conversation);
  const options = Array.from(question.matchAll(OPTION), ([, , text]) => text!.trim().toLowerCase());
  const numbers = [...new Set(question.match(NUMBER)?.map(plainNumber))].slice(0, MOST_NUMBERS);
  return { kind: kindOf(conversation, question, options.length, numbers.length), options, numbers };
}

export function plainNumber(text: string): string {
  const bare = text.replaceAll(",", "");
  const value = Number(bare);
  return Number.isFinite(value) ? String(value) : bare;
}

function kindOf(conversation: Conversation, question: string, options: number, numbers: number): AnswerKind {
  if (conversation.toolCount > 0) return "tool";
  if (conversation.responseFormat !== "text") return "json";
  if (options >= LEAST_OPTIONS) return "choice";
  if (WANTS_CODE.test(question)) return CODE_WITH_TEST.test(question) ? "code" : "text";
  if (WANTS_VALUE.test(question)) return "value";
  if (numbers >= 2 && WANTS_NUMBER.test(question)) return "number";
  const system = conversation.system.slice(-MOST_CHARACTERS);
  const line = ANSWER_LINE.exec(question) ?? ANSWER_LINE.exec(system);
  if (line !== null) return WORD_FOR_NUMBER.test(line[1]!) ? "number" : "value";
  return FINAL_LINE.test(question) || FINAL_LINE.test(system) ? "value" : "text";
}

/** The end of the last user turn: that is where a task is put. */
function lastQuestion({ turns }: Conversation): string {
  for (let at = turns.length - 1; at >= 0; at--) {
    if (turns[at]!.role === "user") return turns[at]!.text.slice(-MOST_CHARACTERS);
  }
  return "";
}
