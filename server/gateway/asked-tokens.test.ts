import { expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { Dialect } from "../dialect.ts";
import { askedTokens } from "./asked-tokens.ts";
import { readCall } from "./read-call.ts";

const dialects = await discover<Dialect>(new URL("../dialects/", import.meta.url));

function searches(dialect: string, body: object): number | undefined {
  const call = readCall(Buffer.from(JSON.stringify({ model: "m", ...body })), dialects.get(dialect)!, {
    model: null,
    stream: null,
  });
  return askedTokens(call, null).webSearches;
}
const messages = [{ role: "user", content: "web_search for weir" }];

it("bounds the vendor's own searches by what the client says, else by ten a tool; words and other tools are none", () => {
  const claude = (tool: object) => searches("anthropic-messages", { max_tokens: 9, messages, tools: [tool] });
  expect(claude({ type: "web_search_20250305", name: "web_search", max_uses: 2 })).toBe(2);
  expect(claude({ type: "web_search_20250305", name: "web_search" })).toBe(10);
  expect(claude({ name: "web_search", input_schema: { type: "object" } })).toBeUndefined();
  const responses = (fields: object) =>
    searches("openai-responses", { input: "hi", tools: [{ type: "web_search" }], ...fields });
  expect([responses({}), responses({ max_tool_calls: 3 })]).toEqual([10, 3]);
  expect(searches("openai-chat", { messages, web_search_options: {} })).toBe(10);
  expect(searches("openai-chat", { messages })).toBeUndefined();
});
