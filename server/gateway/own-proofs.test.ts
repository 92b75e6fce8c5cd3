import { describe, expect, it } from "vitest";
import type { WireFormat } from "../provider.ts";
import { withOwnProofs } from "./own-proofs.ts";
import { readRaw } from "./read-call.ts";

const ASK = { role: "user", content: "hi" };
const SEARCH = [
  { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "weir" } },
  {
    type: "web_search_tool_result",
    tool_use_id: "srvtoolu_1",
    content: [{ type: "web_search_result", url: "https://e.org", title: "E", encrypted_content: "RXo=" }],
  },
  { type: "text", text: "A weir is a low dam.", citations: [] },
];

function own(body: object, format: WireFormat = "anthropic-messages"): unknown {
  const raw = withOwnProofs(readRaw(Buffer.from(JSON.stringify(body))), format);
  return raw === null ? null : JSON.parse(raw.bytes.toString());
}

describe("a body for Anthropic's own API", () => {
  it("passes as it came where it holds nothing foreign", () => {
    const bytes = Buffer.from('{ "messages":[ {"role":"user","content":"hi"} ] }');
    const raw = readRaw(bytes);
    expect(withOwnProofs(raw, "anthropic-messages")).toBe(raw);
  });

  it.each([
    ["sealed by another vendor", { type: "thinking", thinking: "hm", signature: "weir.google.x" }],
    ["encrypted by another vendor", { type: "redacted_thinking", data: "weir.openai.x" }],
    ["a call's, of another vendor", { type: "redacted_thinking", data: "weir.call:weir.google.x" }],
    ["of a model that signs nothing", { type: "thinking", thinking: "hm", signature: "" }],
  ])("loses reasoning that is %s, and keeps all else: searches, results, unknown fields", (_, block) => {
    const kept = { model: "m", messages: [ASK, { role: "assistant", content: SEARCH }, ASK], vendor_field: [1] };
    const messages = [ASK, { role: "assistant", content: [block, ...SEARCH] }, ASK];
    expect(own({ ...kept, messages })).toEqual(kept);
  });

  it("keeps its own proofs, sealed or not, and leaves out a turn of which nothing is left", () => {
    const thinking = { type: "thinking", thinking: "hm", signature: "c2ln" };
    const sealed = { ...thinking, signature: "weir.anthropic.c2ln" };
    const foreign = { ...thinking, signature: "weir.google.c2ln" };
    const answer = (...content: object[]) => ({ role: "assistant", content });
    expect(own({ messages: [ASK, answer(sealed, thinking), ASK, answer(foreign), ASK] })).toEqual({
      messages: [ASK, answer(thinking, thinking), ASK, ASK],
    });
  });

  it("goes by the neutral form where thinking is asked for in a turn that another model began without it", () => {
    const call = { type: "tool_use", id: "t", name: "f", input: {} };
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "1" }] };
    const body = (...content: object[]) => ({
      thinking: { type: "enabled", budget_tokens: 2000 },
      messages: [ASK, { role: "assistant", content }, result],
    });
    expect(own(body(call))).toBeNull();
    expect(own(body({ type: "thinking", thinking: "", signature: "weir.openai.x" }, call))).toBeNull();
    expect(own(body({ type: "thinking", thinking: "hm", signature: "c2ln" }, call))).not.toBeNull();
    expect(own({ ...body(call), thinking: { type: "disabled" } })).not.toBeNull();
  });
});

it("a body of another format goes by the neutral form where it holds a foreign proof", () => {
  expect(own({ input: [{ type: "reasoning", encrypted_content: "weir.google.x" }] }, "openai-responses")).toBeNull();
  expect(own({ messages: [ASK] }, "openai-chat")).toEqual({ messages: [ASK] });
});
