import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { conversationFromMessages, conversationFromPrompt } from "./conversation.ts";
import { estimateInputTokens, estimateTextTokens } from "./tokens.ts";

describe("estimateTextTokens", () => {
  it.each([
    "A train leaves the station at 7:45 and travels 120 kilometres in 1.5 hours; what is its mean speed?",
    "Which of the following statements about Kantian ethics is not true?\nA. It is deontological\nB. It counts outcomes\n",
    "export function total(items: Item[]): number {\n  return items.reduce((sum, item) => sum + item.price, 0);\n}",
    '{"name":"get_weather","description":"Get the weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}',
    "Напишите короткое письмо коллеге с просьбой перенести встречу на следующую неделю.",
    "请给同事写一封简短的信,请求把会议推迟到下周,并说明原因。",
  ])("is within a quarter of o200k for: %s", (text) => {
    expect(Math.abs(estimateTextTokens(text) / countTokens(text) - 1)).toBeLessThan(0.25);
  });

  it("is 0 for no text and finite for any", () => {
    expect(estimateTextTokens("")).toBe(0);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const tokens = estimateTextTokens(text);
        expect(tokens >= 0 && Number.isFinite(tokens)).toBe(true);
      }),
      { seed: 5 },
    );
  });

  it("samples long text and stays in proportion", () => {
    const short = estimateTextTokens("some words and 12 numbers. ".repeat(1000));
    expect(estimateTextTokens("some words and 12 numbers. ".repeat(100_000)) / short).toBeCloseTo(100, 0);
  });
});

describe("estimateTextTokens of a long text", () => {
  it("sees a middle of another kind than beginning and end", () => {
    const prose = "He said that it was late and went home to read. ".repeat(400);
    const json = '{"id":12,"tags":["a","b"],"ok":true},'.repeat(1_500);
    const parts = 2 * inPieces(prose) + inPieces(json);
    expect(Math.abs(estimateTextTokens(prose + json + prose) / parts - 1)).toBeLessThan(0.1);
  });
});

/** Read from end to end, as short texts are. */
function inPieces(text: string): number {
  const pieces = text.match(/.{1,4096}/gs) ?? [];
  return pieces.reduce((sum, piece) => sum + estimateTextTokens(piece), 0);
}

describe("estimateInputTokens", () => {
  it("adds the overhead of messages, tools and images", () => {
    const plain = estimateInputTokens(conversationFromPrompt("hello"));
    const rich = estimateInputTokens(
      conversationFromMessages([{ role: "user", content: [{ type: "text", text: "hello" }, { type: "image_url" }] }], {
        system: "be brief",
        tools: [{ name: "search", description: "x".repeat(400) }],
      }),
    );
    expect(plain).toBe(8); // by hand: 3 for the chat, 4 for the message, 1 for the word
    expect(rich).toBeGreaterThan(plain + 765 + 100);
  });

  it("is at least 1 and whole, whatever counts a caller gives", () => {
    const odd = { ...conversationFromPrompt(""), turns: [], toolChars: Number.NaN, imageCount: -4 };
    expect(estimateInputTokens(odd)).toBe(3);
  });
});
