import { describe, expect, it } from "vitest";
import { answerValidity } from "./answer-validity.ts";

const person = { type: "object", properties: { age: { type: "integer" } }, required: ["age"] };
const tool = { name: "greet", description: null, parameters: person, strict: null, cacheControl: null };
const output = { kind: "json_schema", name: "person", description: null, schema: person, strict: null } as const;

describe("an answer", () => {
  const valid = answerValidity({ output, tools: [tool] });
  it.each([
    ['{"age": 7}', true],
    ['{"age": "seven"}', false],
    ["{}", false],
    ["seven", false],
  ])("%s is held against the schema: %s", async (text, fits) => {
    expect(await valid({ text, calls: [] })).toBe(fits);
  });

  it.each([
    ["greet", '{"age": 7}', true],
    ["greet", '{"age": 7.5}', false],
    ["greet", "", false],
    ["greet", '{"age":', false],
    ["unheard_of", "{}", false],
  ])("that calls %s with %s fits its tools: %s", async (name, json, fits) => {
    expect(await valid({ text: "", calls: [{ name, arguments: json }] })).toBe(fits);
  });

  it("is not held against a schema that nobody can read, nor against none", async () => {
    const odd = { ...output, schema: { $ref: "https://example.com/nowhere" } };
    expect(await answerValidity({ output: odd, tools: [] })({ text: "x", calls: [] })).toBeNull();
    expect(await answerValidity({ output: { kind: "text" }, tools: [] })({ text: "x", calls: [] })).toBeNull();
  });

  it("is never run through a client's own patterns, which could take for ever", async () => {
    const slow = { ...output, schema: { type: "string", pattern: "^(a+)+$" } };
    const valid = answerValidity({ output: slow, tools: [] });
    expect(await valid({ text: JSON.stringify(`${"a".repeat(40)}!`), calls: [] })).toBe(true);
  });
});
