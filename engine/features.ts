import { createHash } from "node:crypto";
import type { Conversation } from "./conversation.ts";
import { SCRIPTS } from "./features/characters.ts";
import { type Counters, createCounters, resetCounters } from "./features/counters.ts";
import { WORD_CLASS_COUNT, type WordClass, wordClass } from "./features/lexicon.ts";
import { questionIndex, type Reading, shareOut } from "./features/reading.ts";
import { scanText } from "./features/scan.ts";
import { TEMPLATE_BUCKETS, templateBucket } from "./features/template.ts";

export { encoderText } from "./features/encoder-text.ts";
export { READ_LIMIT } from "./features/reading.ts";

/** Raised whenever the meaning of a feature or of an n-gram changes; artifacts made with another version are refused. */
const FEATURE_VERSION = 4;

/** Lengths and roles, which are known without reading the text. */
interface Shape {
  system: number;
  question: number;
  others: number;
  userTurns: number;
  assistantTurns: number;
  toolTurns: number;
  toolText: number;
  template: number;
}

interface Feature {
  readonly name: string;
  readonly value: (conversation: Conversation, counters: Counters, shape: Shape) => number;
}

const GREEK = SCRIPTS.indexOf("greek");
const VARIABLE = wordClass("variable");
const FEATURES: readonly Feature[] = [
  ...lengthFeatures(),
  ...characterFeatures(),
  ...optionFeatures(),
  ...stemFeatures(),
  ...classFeatures(),
  ...conversationFeatures(),
];

/** Names of the cheap features, in the order in which `featurize` writes them. */
export const FEATURE_NAMES: readonly string[] = FEATURES.map((feature) => feature.name);
export const FEATURE_COUNT = FEATURES.length;

/** SHA-256 over version and names: an artifact trained on other features has another digest. */
export function featureDigest(): string {
  return createHash("sha256")
    .update([FEATURE_VERSION, ...FEATURE_NAMES].join("\n"))
    .digest("hex");
}

/** Word classes of the system prompt. */
const SYSTEM_CLASSES = new Int32Array(WORD_CLASS_COUNT);
// Scratch that every call resets and no call keeps: featurize is synchronous and must not allocate.
const COUNTERS = createCounters();
const READING: Reading = { system: 0, questionHead: 0, questionTail: 0, others: 0 };
const SHAPE: Shape = {
  system: 0,
  question: 0,
  others: 0,
  userTurns: 0,
  assistantTurns: 0,
  toolTurns: 0,
  toolText: 0,
  template: -1,
};

/**
 * Writes the `FEATURE_COUNT` cheap features of a conversation to `out` from `offset` on. Every value is finite for any
 * text. Time is linear in the text up to `READ_LIMIT`, then constant.
 *
 * @source the 46 features of the RouteLLM study (logs of lengths, shares of characters, options, question words), and
 *         what chat, agent and tool traffic adds
 */
export function featurize(conversation: Conversation, out: Float32Array, offset: number): void {
  readConversation(conversation);
  for (let i = 0; i < FEATURE_COUNT; i++) {
    const value = FEATURES[i]!.value(conversation, COUNTERS, SHAPE);
    out[offset + i] = Number.isFinite(value) ? value : 0;
  }
}

function readConversation(conversation: Conversation): void {
  const { system, turns } = conversation;
  const asked = questionIndex(conversation);
  SHAPE.system = system.length;
  SHAPE.question = asked < 0 ? 0 : turns[asked]!.text.length;
  SHAPE.others = 0;
  SHAPE.userTurns = 0;
  SHAPE.assistantTurns = 0;
  SHAPE.toolTurns = 0;
  SHAPE.toolText = 0;
  SHAPE.template = templateBucket(system);
  for (let i = 0; i < turns.length; i++) {
    const turn = turns[i]!;
    if (turn.role === "user") SHAPE.userTurns++;
    else if (turn.role === "assistant") SHAPE.assistantTurns++;
    else {
      SHAPE.toolTurns++;
      SHAPE.toolText += turn.text.length;
    }
    if (i !== asked) SHAPE.others += turn.text.length;
  }
  shareOut(READING, SHAPE.system, SHAPE.question, SHAPE.others);

  // A system prompt is read by itself: the same ask under another one is the same ask.
  resetCounters(COUNTERS);
  scanText(system, 0, READING.system, COUNTERS, false);
  SYSTEM_CLASSES.set(COUNTERS.classes);
  const requestedWords = COUNTERS.requestedWords;
  resetCounters(COUNTERS);
  COUNTERS.requestedWords = requestedWords;
  let left = READING.others;
  for (let i = turns.length - 1; i >= 0 && left > 0; i--) {
    if (i === asked) continue;
    const { text } = turns[i]!;
    const taken = Math.min(left, text.length);
    scanText(text, text.length - taken, text.length, COUNTERS, false);
    left -= taken;
  }
  COUNTERS.classesBefore.set(COUNTERS.classes);
  if (asked >= 0) {
    const { text } = turns[asked]!;
    scanText(text, 0, READING.questionHead, COUNTERS, true);
    if (READING.questionTail > 0) scanText(text, text.length - READING.questionTail, text.length, COUNTERS, true);
  }
  if (COUNTERS.options < 2) takeWholeQuestionAsStem(COUNTERS);
}

function takeWholeQuestionAsStem(counters: Counters): void {
  counters.classesStem.set(counters.classes);
  counters.stemCharacters = counters.questionCharacters;
  counters.stemWords = counters.questionWords;
  counters.stemLines = counters.questionLines;
  counters.stemLastCharacter = counters.questionLastCharacter;
}

function lengthFeatures(): Feature[] {
  return [
    { name: "log_characters", value: (_, __, s) => Math.log1p(s.question + s.others) },
    { name: "log_words", value: (_, c) => Math.log1p(c.words) },
    { name: "log_tokens", value: (_, c) => Math.log1p(c.words + c.punctuation) },
    { name: "tokens_per_word", value: (_, c) => Math.min((c.words + c.punctuation) / atLeastOne(c.words), 50) },
    { name: "mean_word_length", value: (_, c) => Math.min(c.wordCharacters / atLeastOne(c.words), 40) },
    { name: "longest_word", value: (_, c) => c.longestWord },
    { name: "long_word_share", value: (_, c) => c.longWords / atLeastOne(c.words) },
    { name: "distinct_word_share", value: (_, c) => c.distinctWords / atLeastOne(c.words) },
    { name: "capital_word_share", value: (_, c) => c.capitalWords / atLeastOne(c.words) },
    { name: "shouted_word_share", value: (_, c) => c.shoutedWords / atLeastOne(c.words) },
    { name: "log_sentences", value: (_, c) => Math.log1p(c.sentences) },
    { name: "words_per_sentence", value: (_, c) => Math.min(c.words / atLeastOne(c.sentences), 200) },
    { name: "log_newlines", value: (_, c) => Math.log1p(c.ascii[10]!) },
    { name: "log_numbers", value: (_, c) => Math.log1p(c.numbers) },
    { name: "log_long_numbers", value: (_, c) => Math.log1p(c.longNumbers) },
    { name: "log_decimals", value: (_, c) => Math.log1p(c.decimals) },
    { name: "has_year", value: (_, c) => (c.years > 0 ? 1 : 0) },
    { name: "has_amount", value: (_, c) => (c.amounts > 0 ? 1 : 0) },
  ];
}

function characterFeatures(): Feature[] {
  const share = (name: string, characters: string): Feature => ({
    name,
    value: (_, c) => countOf(c, characters) / atLeastOne(c.scanned),
  });
  const log = (name: string, characters: string): Feature => ({
    name,
    value: (_, c) => Math.log1p(countOf(c, characters)),
  });
  const scripts = SCRIPTS.slice(1).map(
    (script, index): Feature => ({
      name: `script_${script}_share`,
      value: (_, c) => c.scripts[index + 1]! / atLeastOne(c.scanned),
    }),
  );
  return [
    share("digit_share", "0123456789"),
    share("upper_share", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    { name: "punctuation_share", value: (_, c) => (c.punctuation - c.ascii[95]!) / atLeastOne(c.scanned) },
    share("operator_share", "+=*/^<>|\\"),
    share("bracket_share", "{}[]();_"),
    log("log_dollars", "$"),
    log("log_percents", "%"),
    log("log_quotes", "\"'"),
    log("log_commas", ","),
    log("log_equals", "="),
    log("log_carets", "^"),
    log("log_braces", "{}"),
    log("log_backticks", "`"),
    log("log_angles", "<>"),
    { name: "question_marks", value: (_, c) => Math.min(c.ascii[63]!, 3) },
    { name: "log_exclamations", value: (_, c) => Math.log1p(c.ascii[33]!) },
    { name: "has_dollar", value: (_, c) => (c.ascii[36]! > 0 ? 1 : 0) },
    { name: "non_ascii_share", value: (_, c) => nonAsciiShare(c) },
    ...scripts,
    { name: "log_latex_commands", value: (_, c) => Math.log1p(c.latexCommands) },
    { name: "has_formula", value: (_, c) => (c.ascii[61]! + c.ascii[94]! + c.classes[VARIABLE]! > 0 ? 1 : 0) },
    { name: "has_greek_or_degree", value: (_, c) => (c.scripts[GREEK]! + c.degrees > 0 ? 1 : 0) },
    { name: "has_latex_fraction", value: (_, c) => (c.latexFractions > 0 ? 1 : 0) },
    { name: "log_code_fences", value: (_, c) => Math.log1p(c.fences) },
    { name: "log_links", value: (_, c) => Math.log1p(c.links) },
    { name: "blanks", value: (_, c) => Math.min(c.blanks, 3) },
    { name: "log_numbered_items", value: (_, c) => Math.log1p(c.numberedItems) },
    { name: "log_bullet_items", value: (_, c) => Math.log1p(c.bulletItems) },
    { name: "log_indented_lines", value: (_, c) => Math.log1p(c.indentedLines) },
    { name: "log_empty_lines", value: (_, c) => Math.log1p(c.emptyLines) },
    { name: "log_exemplar_lines", value: (_, c) => Math.log1p(c.exemplarLines) },
    { name: "log_requested_words", value: (_, c) => Math.log1p(c.requestedWords) },
  ];
}

function optionFeatures(): Feature[] {
  const mean = (c: Counters, sum: number) => (c.options < 2 ? 0 : sum / c.options);
  const exactly = (n: number): Feature => ({ name: `options_${n}`, value: (_, c) => (c.options === n ? 1 : 0) });
  return [
    { name: "has_four_options", value: (_, c) => (c.options >= 4 ? 1 : 0) },
    exactly(2),
    exactly(3),
    exactly(4),
    exactly(5),
    { name: "options_many", value: (_, c) => (c.options > 5 ? 1 : 0) },
    { name: "option_count", value: (_, c) => (c.options < 2 ? 0 : Math.min(c.options, 20) / 10) },
    { name: "log_option_length", value: (_, c) => Math.log1p(mean(c, c.optionCharacters)) },
    { name: "log_option_spread", value: (_, c) => Math.log1p(optionSpread(c)) },
    { name: "option_words", value: (_, c) => Math.min(mean(c, c.optionWords), 60) },
    { name: "option_numeric_share", value: (_, c) => mean(c, c.numericOptions) },
    { name: "option_single_word_share", value: (_, c) => mean(c, c.singleWordOptions) },
    { name: "option_long_share", value: (_, c) => mean(c, c.longOptions) },
    { name: "option_capital_share", value: (_, c) => mean(c, c.capitalOptions) },
    { name: "option_stopped_share", value: (_, c) => mean(c, c.stoppedOptions) },
    {
      name: "option_distinct_word_share",
      value: (_, c) => (c.options < 2 ? 0 : Math.min(c.distinctOptionWords / atLeastOne(c.optionWords), 1)),
    },
    { name: "option_repeated", value: (_, c) => (c.options >= 2 && c.repeatedOptions > 0 ? 1 : 0) },
  ];
}

/** Of the question's stem: its text before the options, or all of it. */
function stemFeatures(): Feature[] {
  const flagged: readonly WordClass[] = [
    "what",
    "which",
    "who",
    "when",
    "where",
    "why",
    "how",
    "if",
    "is",
    "does",
    "negation",
    "following",
    "truth",
    "compute",
    "superlative",
    "definition",
  ];
  return [
    { name: "log_stem_characters", value: (_, c) => Math.log1p(c.stemCharacters) },
    { name: "log_stem_newlines", value: (_, c) => Math.log1p(c.stemLines) },
    { name: "stem_word_share", value: (_, c) => c.stemWords / atLeastOne(c.words) },
    { name: "stem_ends_in_question_mark", value: (_, c) => (isQuestionMark(c.stemLastCharacter) ? 1 : 0) },
    { name: "stem_ends_in_colon", value: (_, c) => (c.stemLastCharacter === 58 ? 1 : 0) },
    { name: "stem_ends_in_word", value: (_, c) => (isWordCharacter(c.stemLastCharacter) ? 1 : 0) },
    { name: "ends_with_answer", value: (_, c) => (c.endsWithAnswer ? 1 : 0) },
    { name: "begins_with_question", value: (_, c) => (c.beginsWithQuestion ? 1 : 0) },
    ...flagged.map((name): Feature => {
      const index = wordClass(name);
      return { name: `stem_has_${name}`, value: (_, c) => (c.classesStem[index]! > c.classesBefore[index]! ? 1 : 0) };
    }),
  ];
}

/** Word classes over all turns that were read. */
function classFeatures(): Feature[] {
  const counted: readonly WordClass[] = [
    "combination",
    "thirdPerson",
    "firstPerson",
    "scenario",
    "quantity",
    "condition",
    "law",
    "medicine",
    "assertion",
    "code",
    "program",
    "constraint",
    "format",
    "brief",
    "depth",
    "creative",
    "tool",
    "generate",
    "transform",
    "explain",
  ];
  return counted.map((name) => {
    const index = wordClass(name);
    return { name: `log_words_${name}`, value: (_, c) => Math.log1p(c.classes[index]!) };
  });
}

function conversationFeatures(): Feature[] {
  const template = Array.from(
    { length: TEMPLATE_BUCKETS },
    (_, bucket): Feature => ({ name: `template_${bucket}`, value: (_c, _k, s) => (s.template === bucket ? 1 : 0) }),
  );
  const told: readonly WordClass[] = [
    "constraint",
    "format",
    "brief",
    "depth",
    "creative",
    "tool",
    "code",
    "transform",
  ];
  const systemClasses = told.map((name): Feature => {
    const index = wordClass(name);
    return { name: `system_words_${name}`, value: () => Math.log1p(SYSTEM_CLASSES[index]!) };
  });
  return [
    { name: "log_turns", value: (v) => Math.log1p(v.turns.length) },
    { name: "log_user_turns", value: (_, __, s) => Math.log1p(s.userTurns) },
    { name: "log_assistant_turns", value: (_, __, s) => Math.log1p(s.assistantTurns) },
    { name: "log_tool_turns", value: (_, __, s) => Math.log1p(s.toolTurns) },
    { name: "ends_with_user", value: (v) => (v.turns.at(-1)?.role === "user" ? 1 : 0) },
    { name: "log_question_characters", value: (_, __, s) => Math.log1p(s.question) },
    { name: "log_history_characters", value: (_, __, s) => Math.log1p(s.others) },
    { name: "log_tool_text", value: (_, __, s) => Math.log1p(s.toolText) },
    { name: "question_share", value: (_, __, s) => s.question / atLeastOne(s.question + s.others) },
    { name: "has_system", value: (_, __, s) => (s.system > 0 ? 1 : 0) },
    { name: "log_system_characters", value: (_, __, s) => Math.log1p(s.system) },
    ...template,
    ...systemClasses,
    { name: "log_tools", value: (v) => logCount(v.toolCount) },
    { name: "log_tool_schema", value: (v) => logCount(v.toolChars) },
    { name: "log_tool_calls", value: (v) => logCount(v.toolCallCount) },
    { name: "log_images", value: (v) => logCount(v.imageCount) },
    { name: "wants_json", value: (v) => (v.responseFormat === "json" ? 1 : 0) },
    { name: "wants_schema", value: (v) => (v.responseFormat === "json_schema" ? 1 : 0) },
    { name: "has_output_limit", value: (v) => (v.maxOutputTokens === null ? 0 : 1) },
    { name: "log_output_limit", value: (v) => logCount(v.maxOutputTokens ?? 0) },
  ];
}

function atLeastOne(count: number): number {
  return count > 0 ? count : 1;
}

/** log1p of a count that a client gave, which may be any number. */
function logCount(count: number): number {
  return count > 0 ? Math.log1p(Math.min(count, 1e9)) : 0;
}

function countOf(counters: Counters, characters: string): number {
  let count = 0;
  for (let i = 0; i < characters.length; i++) count += counters.ascii[characters.charCodeAt(i)]!;
  return count;
}

function nonAsciiShare(counters: Counters): number {
  let count = 0;
  for (const characters of counters.scripts) count += characters;
  return count / atLeastOne(counters.scanned);
}

function optionSpread(counters: Counters): number {
  if (counters.options < 2) return 0;
  const mean = counters.optionCharacters / counters.options;
  return Math.sqrt(Math.max(counters.optionSquares / counters.options - mean * mean, 0));
}

function isQuestionMark(code: number): boolean {
  return code === 63 || code === 0xff1f;
}

function isWordCharacter(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code >= 0xc0;
}
