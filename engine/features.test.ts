import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Conversation, conversationFromMessages, conversationFromPrompt } from "./conversation.ts";
import { encoderText, FEATURE_COUNT, FEATURE_NAMES, featureDigest, featurize, READ_LIMIT } from "./features.ts";

function featuresOf(conversation: Conversation): Record<string, number> {
  const out = new Float32Array(FEATURE_COUNT);
  featurize(conversation, out, 0);
  return Object.fromEntries(FEATURE_NAMES.map((name, i) => [name, out[i]!]));
}

function featuresOfPrompt(prompt: string): Record<string, number> {
  return featuresOf(conversationFromPrompt(prompt));
}

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    "",
    "\0",
    "\ud800",
    "\udc00\ud800",
    "A",
    "A.",
    "A.\n",
    "\nA.\nB.",
    "'",
    "a'",
    "$",
    "\\",
    "://",
    "```",
    "__",
    "0",
  ),
  fc.string({
    unit: fc.constantFrom("A", ".", "\n", " ", "B", ")", "_", "`", "'", "9", "\\", "/", ":", "中", "é", "\0"),
  }),
);

describe("featurize", () => {
  it("gives finite numbers for any conversation", () => {
    fc.assert(
      fc.property(
        fc.record({
          system: anyText,
          turns: fc.array(fc.record({ role: fc.constantFrom("user", "assistant", "tool"), text: anyText }), {
            maxLength: 5,
          }),
          toolCount: fc.double(),
          toolChars: fc.double(),
          toolCallCount: fc.double(),
          imageCount: fc.double(),
          responseFormat: fc.constantFrom("text", "json", "json_schema"),
          maxOutputTokens: fc.option(fc.double()),
        }),
        (conversation) => {
          expect(Object.values(featuresOf(conversation as Conversation)).every(Number.isFinite)).toBe(true);
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });

  it("gives the same vector whatever was read before", () => {
    const prompt = "Which is not a prime?\nA. 2\nB. 9\nC. 11\nD. 13";
    const first = featuresOfPrompt(prompt);
    featuresOf(
      conversationFromMessages([
        { role: "system", content: "x ".repeat(9000) },
        { role: "user", content: "A. 1\nB. 2" },
      ]),
    );
    expect(featuresOfPrompt(prompt)).toEqual(first);
  });

  it("writes only its own row", () => {
    const out = new Float32Array(FEATURE_COUNT + 2).fill(-7);
    featurize(conversationFromPrompt("hello"), out, 1);
    expect([out[0], out[FEATURE_COUNT + 1]]).toEqual([-7, -7]);
  });

  it("names every feature once", () => {
    expect(new Set(FEATURE_NAMES).size).toBe(FEATURE_COUNT);
    expect(featureDigest()).toMatch(/^[0-9a-f]{64}$/);
  });

  it("reads options and the stem before them", () => {
    // By hand: the stem is "Which is not a prime?" (21 units and a newline), the options are 1, 1, 2 and 2 units long.
    const features = featuresOfPrompt("Which is not a prime?\nA. 2\nB. 9\nC. 11\nD. 13");
    expect(features).toMatchObject({
      has_four_options: 1,
      options_4: 1,
      options_5: 0,
      option_numeric_share: 1,
      option_single_word_share: 1,
      stem_has_which: 1,
      stem_has_negation: 1,
      stem_has_what: 0,
      stem_ends_in_question_mark: 1,
    });
    expect(features.log_option_length).toBeCloseTo(Math.log1p(1.5), 6);
    expect(features.log_option_spread).toBeCloseTo(Math.log1p(0.5), 6);
    expect(features.log_stem_characters).toBeCloseTo(Math.log1p(22), 6);
  });

  it("agrees with the plain regular expressions that define the counts", () => {
    const unit = fc.constantFrom(
      "a",
      "Be",
      " ",
      "\n",
      "12",
      "7",
      ".",
      "?",
      "A. ",
      "(B) ",
      ",",
      "$",
      "x2",
      "\\frac",
      "__",
      "=",
      "how many",
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (parts) => {
        const text = parts.join("");
        const features = featuresOfPrompt(text);
        const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
        const options = [...text.matchAll(/^[ \t]*\(?[A-J][).:](.*)$/gm)].map((match) => match[1]!.trim());
        const expected = {
          log_characters: Math.log1p(text.length),
          log_words: Math.log1p(count(/[A-Za-z0-9]+/g)),
          log_numbers: Math.log1p(count(/[0-9]+/g)),
          log_decimals: Math.log1p(count(/(?<=[0-9])\.(?=[0-9])/g)),
          log_newlines: Math.log1p(count(/\n/g)),
          log_sentences: Math.log1p(count(/[.?](\s|$)/g)),
          log_latex_commands: Math.log1p(count(/\\[A-Za-z]+/g)),
          blanks: Math.min(count(/_{2,}/g), 3),
          digit_share: count(/[0-9]/g) / Math.max(text.length, 1),
          option_count: options.length < 2 ? 0 : Math.min(options.length, 20) / 10,
          log_option_length:
            options.length < 2
              ? 0
              : Math.log1p(options.reduce((sum, option) => sum + option.length, 0) / options.length),
        };
        for (const [name, value] of Object.entries(expected))
          expect(features[name], `${name} of ${text}`).toBeCloseTo(value, 5);
      }),
      { seed: 13, numRuns: 400 },
    );
  });

  it("does not take one lettered line for a choice", () => {
    expect(featuresOfPrompt("What is it?\nA. a not so long answer")).toMatchObject({
      stem_has_negation: 1,
      option_count: 0,
    });
  });

  it("counts words, numbers and sentences", () => {
    const features = featuresOfPrompt("In 1999 Ann's shop sold 3.5 kg of tea for $12, twice. Why?");
    // By hand: In 1999 Ann's shop sold 3 5 kg of tea for 12 twice Why
    expect(features.log_words).toBeCloseTo(Math.log1p(14), 6);
    expect(features.log_numbers).toBeCloseTo(Math.log1p(4), 6);
    expect(features.log_sentences).toBeCloseTo(Math.log1p(2), 6);
    expect(features.log_decimals).toBeCloseTo(Math.log1p(1), 6);
    expect(features).toMatchObject({ has_year: 1, has_amount: 1, stem_has_why: 1, question_marks: 1 });
  });

  it.each([
    { text: "Write an essay of 300 words.", words: 300 },
    { text: "Answer in two sentences.", words: 40 },
    { text: "Give a 500-word summary with 3 bullets", words: 500 },
    { text: "There are 12 apples", words: 0 },
  ])("finds the requested length in: $text", ({ text, words }) => {
    expect(featuresOfPrompt(text).log_requested_words).toBeCloseTo(Math.log1p(words), 5);
  });

  it.each([
    { text: "Привет, как дела", script: "cyrillic", share: 13 / 16 },
    { text: "中文字", script: "cjk", share: 1 },
    { text: "ひらがな", script: "kana", share: 1 },
    { text: "한국어", script: "hangul", share: 1 },
    { text: "مرحبا", script: "arabic", share: 1 },
    { text: "नमस्ते", script: "devanagari", share: 1 },
    { text: "γειά", script: "greek", share: 1 },
    { text: "שלום", script: "hebrew", share: 1 },
    { text: "สวัสดี", script: "thai", share: 1 },
    { text: "plain", script: "latin", share: 0 },
  ])("measures the share of $script", ({ text, script, share }) => {
    expect(featuresOfPrompt(text)[`script_${script}_share`]).toBeCloseTo(share, 6);
  });

  it("sees code, links, LaTeX, lists, exemplars and blanks", () => {
    const features = featuresOfPrompt(
      "See https://a.b\n```js\n  let x = 1;\n```\n1. one\n2. two\n- three\nQ: $\\frac{1}{2}$ is __?\nA: half\nInput: 3",
    );
    expect(features.log_links).toBeCloseTo(Math.log1p(1), 6);
    expect(features.log_code_fences).toBeCloseTo(Math.log1p(2), 6);
    expect(features.log_numbered_items).toBeCloseTo(Math.log1p(2), 6);
    expect(features.log_bullet_items).toBeCloseTo(Math.log1p(1), 6);
    expect(features.log_indented_lines).toBeCloseTo(Math.log1p(1), 6);
    expect(features.log_exemplar_lines).toBeCloseTo(Math.log1p(2), 6);
    expect(features).toMatchObject({ blanks: 1, has_latex_fraction: 1 });
  });

  it("reads the whole conversation, and the question from its last user turn", () => {
    const features = featuresOf(
      conversationFromMessages(
        [
          { role: "system", content: "Use the search tool. Today is 2026-11-23." },
          { role: "user", content: "Which files are there?" },
          { role: "assistant", content: "Two." },
          { role: "user", content: "Why?" },
          { role: "tool", content: "ph 7" },
        ],
        { tools: [{ name: "search" }], responseFormat: "json", maxOutputTokens: 50 },
      ),
    );
    expect(features).toMatchObject({
      has_system: 1,
      ends_with_user: 0,
      stem_has_why: 1,
      stem_has_what: 0,
      wants_json: 1,
    });
    expect(features.system_words_tool).toBeCloseTo(Math.log1p(1), 6);
    expect(features.log_words_tool).toBeCloseTo(Math.log1p(1), 6);
    expect(features.log_characters).toBeCloseTo(Math.log1p("Which files are there?Two.Why?ph 7".length), 6);
    expect(features.log_question_characters).toBeCloseTo(Math.log1p(4), 6);
    expect(features.log_output_limit).toBeCloseTo(Math.log1p(50), 6);
    expect(features.log_tool_turns).toBeCloseTo(Math.log1p(1), 6);
  });

  it("reads an ask the same under any system prompt, but for what is said of that prompt", () => {
    const ask = conversationFromPrompt("Which is not a prime?\nA. 2\nB. 9\nC. 11\nD. 13");
    const bare = featuresOf(ask);
    const under = featuresOf({ ...ask, system: "# Rules\n1. Reply in `JSON`.\n2. Show your steps; how many? 日本\n" });
    const moved = FEATURE_NAMES.filter((name) => under[name] !== bare[name]);
    expect(moved.filter((name) => !/^(has_system|log_system_|template_|system_words_)/.test(name))).toEqual([]);
    expect(moved).toContain("system_words_format");
  });

  it("gives one template bucket to a system prompt whose dates, spacing and case differ", () => {
    const bucketOf = (system: string) => {
      const features = featuresOf({ ...conversationFromPrompt("hi"), system });
      return FEATURE_NAMES.filter((name) => name.startsWith("template_") && features[name] === 1);
    };
    expect(bucketOf("You are Bo. Today is 2026-11-23.")).toHaveLength(1);
    expect(bucketOf("you are  bo.\nToday is 2027-01-02.")).toEqual(bucketOf("You are Bo. Today is 2026-11-23."));
    expect(bucketOf("")).toEqual([]);
  });

  it("reads at most READ_LIMIT units, and the beginning and end of a long question", () => {
    const long = `What ${"word ".repeat(50_000)} Answer:`;
    const features = featuresOfPrompt(long);
    expect(features.log_characters).toBeCloseTo(Math.log1p(long.length), 5);
    expect(Math.expm1(features.log_words!)).toBeLessThan(READ_LIMIT / 4);
    expect(features).toMatchObject({ stem_has_what: 1, ends_with_answer: 1 });
  });
});

describe("encoderText", () => {
  it("is the prompt itself for a plain prompt", () => {
    expect(encoderText(conversationFromPrompt("Hello there"))).toBe("Hello there");
  });

  it("puts the question first, then the newest turns; the system prompt only where nothing is asked", () => {
    const conversation = conversationFromMessages([
      { role: "system", content: "S" },
      { role: "user", content: "old" },
      { role: "assistant", content: "newer" },
      { role: "user", content: "Q" },
    ]);
    expect(encoderText(conversation)).toBe("Q\nnewer\nold");
    expect(encoderText({ ...conversationFromPrompt(""), system: "S" })).toBe("S");
  });

  it("cuts long text without splitting a surrogate pair", () => {
    expect(encoderText(conversationFromPrompt("😀".repeat(3000)))).toBe("😀".repeat(1000));
    expect(encoderText(conversationFromPrompt(`a${"😀".repeat(3000)}`))).toBe(`a${"😀".repeat(999)}`);
  });
});
