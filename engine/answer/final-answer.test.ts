import { describe, expect, it } from "vitest";
import { conversationFromPrompt } from "../conversation.ts";
import { ANSWER_FEATURE_COUNT, ANSWER_FEATURE_NAMES, answerFeatures } from "./answer-features.ts";
import { type AnswerKind, answerAsk } from "./answer-kind.ts";
import { countEquations } from "./equations.ts";
import { finalAnswer } from "./final-answer.ts";
import { measureAnswer } from "./measure-answer.ts";

const of = (text: string, kind: AnswerKind) => finalAnswer({ text, calls: [] }, kind).answer;
const called = (name: string, json: string) => finalAnswer({ text: "", calls: [{ name, arguments: json }] }, "tool");

describe("the final answer", () => {
  it.each<[AnswerKind, string, string]>([
    ["number", "So 1,200 + 34 = 1,234.\n#### 1,234", "1234"],
    ["number", 'I add them. {"reasoning": "3+4", "answer": "7"}', "7"],
    ["number", "Therefore the answer is **$12.50**.", "12.5"],
    ["number", "Thus \\boxed{42}.", "42"],
    ["number", "She has 7 apples left", "7"],
    ["choice", "C is tempting. The answer is (B).", "B"],
    ["choice", "**Answer: D**", "D"],
    ["value", 'The final answer is ["a", "b"]', "['a','b']"],
    ["json", '```json\n{"b": [1, 2.0], "a": "x"}\n```', '{"a":"x","b":[1,2]}'],
    ["json", '{"explanation": "because", "b": 1, "a": 2}', '{"a":2,"b":1}'],
    ["json", "no JSON here", ""],
    ["text", "Paris is lovely. The answer is 7", ""],
  ])("of kind %s in %j is %j", (kind, text, expected) => {
    expect(of(text, kind)).toBe(expected);
  });

  it("of a tool call is its name and arguments, whatever the order of keys and the spacing", () => {
    const one = called("find", '{"city":"Rome","days":3}');
    expect(one.answer).toBe(called("find", '{ "days": 3, "city": "Rome" }').answer);
    expect(one.answer).not.toBe(called("find", '{"city":"Rome","days":4}').answer);
    expect(one.answer).not.toBe(called("seek", '{"city":"Rome","days":3}').answer);
    expect(called("find", '{"city":').isFound).toBe(false);
  });

  it("of code is the same after formatting, and another for other code", () => {
    const code = (body: string) => of(`Here:\n\`\`\`python\n${body}\n\`\`\``, "code");
    expect(code("def f(a, b):\n    # adds\n    return a + b\n\n")).toBe(code("def f(a,b):\n    return a+b"));
    expect(code("def f(a,b):\n    return a+b")).not.toBe(code("def f(a,b):\n    return a-b"));
  });

  it("of two long objects is compared whole", () => {
    const long = (last: number) => JSON.stringify({ list: Array.from({ length: 200 }, (_, i) => i), last });
    expect(of(long(1), "json")).not.toBe(of(long(2), "json"));
    expect(of(long(1), "json").length).toBeLessThan(200);
  });
});

describe("the kind of a request", () => {
  it.each<[string, AnswerKind]>([
    ["Which is it?\nA. one\nB. two\nC. three\nD. four", "choice"],
    ["Tom has 5 pens and buys 12 more. How many pens has he?", "number"],
    ["What is the output of this code? print(1)", "value"],
    ["Write a poem about the sea.", "text"],
    ["Write a function that adds two numbers.", "text"],
    ["Write a function that passes these unit tests: assert f(1) == 2", "code"],
    ["Explain why the sky is blue in 3 sentences.", "text"],
    ["Bob runs twice as fast as Ann. Think first. End with a line 'Answer: <number>'.", "number"],
    ["Count them. Finish with a line in the form:\nAnswer: [the final number]", "number"],
    ["Who won?\n\nThe last line of your response should be of the following format: 'Answer: $WORD'", "value"],
    ["Is it prime? Put it on a line of its own as **Answer:** yes or no", "value"],
    ["Question: Why do cats purr?\nAnswer:", "text"],
    ["Q: Why do cats purr in this form\nAnswer:", "text"],
    ["Why do people end a letter with a greeting? Answer: in three paragraphs, please.", "text"],
    ["Read these lines and answer: what is the mood of the poem?", "text"],
  ])("%j asks for %s", (prompt, kind) => {
    expect(answerAsk(conversationFromPrompt(prompt)).kind).toBe(kind);
  });

  it("is given by what the system prompt says of the last line, in time that does not grow with what is no such line", () => {
    const system = 'Reason step by step. Always end with a line "Answer: <number>".';
    const asked = { ...conversationFromPrompt("Bob runs twice as fast as Ann."), system };
    expect(answerAsk(asked).kind).toBe("number");
    const [short, long] = [50, 100_000].map((times) => "end a line in the format answer ".repeat(times));
    expect(answerAsk(conversationFromPrompt(short!)).kind).toBe("text");
    expect(answerAsk(conversationFromPrompt(long!)).kind).toBe("text");
  });

  it("is given by tools and by a response format", () => {
    const conversation = conversationFromPrompt("hi");
    expect(answerAsk({ ...conversation, toolCount: 1 }).kind).toBe("tool");
    expect(answerAsk({ ...conversation, responseFormat: "json_schema" }).kind).toBe("json");
  });
});

describe("arithmetic", () => {
  it.each([
    { text: "3 + 4 = 7 and 7 * 2 = 14", equations: 2, wrong: 0 },
    { text: "2 + 3 * 4 = 14", equations: 1, wrong: 0 },
    { text: "10 / 4 = 2.5, 10 / 3 = 3.33", equations: 2, wrong: 0 },
    { text: "5 x 6 = 31", equations: 1, wrong: 1 },
    { text: "$1,000 - $250 = $750", equations: 1, wrong: 0 },
    { text: "no sums at all", equations: 0, wrong: 0 },
  ])("of $text", ({ text, equations, wrong }) => {
    expect(countEquations(text)).toEqual({ equations, wrong });
  });
});

describe("what an answer shows of itself", () => {
  const ask = answerAsk(conversationFromPrompt("Tom has 5 pens and buys 12 more. How many pens has he?"));
  const measure = (text: string, more = {}) =>
    measureAnswer({ text, calls: [], isCutOff: false, isRefused: false, isValid: null, ...more }, ask);

  it("is counted", () => {
    expect(measure("Tom has 5 pens. However, he buys 12. So 5 + 12 = 17.\nThe answer is 17")).toMatchObject({
      answer: "17",
      isFound: true,
      equations: 1,
      wrongEquations: 0,
      contrasts: 1,
      numbersUsed: 1,
      isSupported: true,
      isTruncated: false,
      isRefusal: false,
      lines: 2,
    });
  });

  it("says when it was cut off, refused or not valid", () => {
    expect(measure("Let me", { isCutOff: true }).isTruncated).toBe(true);
    expect(measure("I'm sorry, I can't help with that.").isRefusal).toBe(true);
    expect(measure("The answer is 17", { isValid: false }).isFound).toBe(false);
  });

  const open = answerAsk(conversationFromPrompt("Write to a customer whose parcel is late."));
  const schema = { ...open, kind: "json" } as const;
  it.each([
    ["nothing", "", {}, open, true],
    ["a refusal", "I'm sorry, but I can't help with that.", {}, open, true],
    [
      "an apology that is the answer",
      "I'm sorry to hear that your parcel is late. We sent another one today!",
      {},
      open,
      false,
    ],
    ["an end without a full stop", "お荷物が遅れて申し訳ありません。", {}, open, false],
    ["a text that was cut off", "Dear customer, we are", { isCutOff: true }, open, true],
    ["a final answer before the cut", "The answer is 17. And", { isCutOff: true }, ask, false],
    ["JSON", '{"parcel": 7}', {}, schema, false],
    ["JSON that does not parse", '{"parcel": 7', {}, schema, true],
    ["JSON out of its schema", '{"parcel": "x"}', { isValid: false }, schema, true],
    ["a tool call", "", { calls: [{ name: "send", arguments: '{"id":7}' }] }, { ...open, kind: "tool" }, false],
    ["a tool call whose arguments do not parse", "", { calls: [{ name: "send", arguments: '{"id":' }] }, open, true],
    ["words where a tool could be called", "Which parcel?", {}, { ...open, kind: "tool" }, false],
  ] as const)("tells %s from no answer at all", (_, text, more, asked, isBroken) => {
    expect(
      measureAnswer({ text, calls: [], isCutOff: false, isRefused: false, isValid: null, ...more }, asked).isBroken,
    ).toBe(isBroken);
  });

  it("gives finite features of any text, and as many as there are names", () => {
    for (const text of ["", " ", "\u0000\ud800", "9".repeat(5000), "a = = b", "{[(", "A".repeat(100_000)]) {
      const out = new Float32Array(ANSWER_FEATURE_COUNT);
      answerFeatures(measure(text), out, 0);
      expect(out.every(Number.isFinite)).toBe(true);
    }
    expect(new Set(ANSWER_FEATURE_NAMES).size).toBe(ANSWER_FEATURE_COUNT);
  });
});
