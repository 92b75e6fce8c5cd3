import { describe, expect, it } from "vitest";
import { collectResult } from "../../gateway/collect-result.ts";
import { eventsOfResult } from "../../gateway/events-of-result.ts";
import { decodeOpenAiChat } from "./decode.ts";
import { plainChunk, plainCompletion } from "./plain.ts";
import { COMPATIBLE_QUIRKS } from "./quirks.ts";
import { decodeOpenAiStream } from "./stream.ts";

const CHUNK = {
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1,
  model: "gpt-4o-mini",
  system_fingerprint: "fp_1",
  service_tier: "default",
  choices: [{ index: 0, delta: { content: "a" }, logprobs: null, finish_reason: null }],
  usage: null,
};
const chunkOf = (delta: object, more: object = {}) => ({
  ...CHUNK,
  choices: [{ ...CHUNK.choices[0], delta, ...more }],
});
const WHOLE = {
  id: "chatcmpl-1",
  created: 1_700_000_000,
  model: "gpt-4o-mini",
  choices: [
    { index: 0, message: { role: "assistant", content: "a", refusal: null, annotations: [] }, finish_reason: "stop" },
  ],
  usage: {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
    prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 2, rejected_prediction_tokens: 0 },
  },
  service_tier: "priority",
};

describe("plain chunks", () => {
  it.each([
    ["text", CHUNK],
    ["the first, with a role", chunkOf({ role: "assistant", content: "" })],
    ["the last", chunkOf({}, { finish_reason: "length" })],
    ["another choice", { ...CHUNK, choices: [{ ...CHUNK.choices[0], index: 2 }] }],
  ])("reads %s", (_, chunk) => {
    expect(plainChunk(chunk)).not.toBeNull();
  });

  it.each([
    ["a tool call", chunkOf({ tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "" } }] })],
    ["reasoning", chunkOf({ reasoning_content: "hm" })],
    ["a refusal", chunkOf({ refusal: "no" })],
    ["typed content", chunkOf({ content: [{ type: "text", text: "a" }] })],
    ["logprobs", chunkOf({ content: "a" }, { logprobs: { content: [] } })],
    ["usage", { ...CHUNK, usage: { prompt_tokens: 1 } }],
    ["Groq's usage", { ...CHUNK, x_groq: { usage: {} } }],
    ["sources", { ...CHUNK, citations: ["https://a.example"] }],
    ["an error", { ...CHUNK, error: { message: "no" } }],
    ["two choices", { ...CHUNK, choices: [CHUNK.choices[0], CHUNK.choices[0]] }],
    ["no choice", { ...CHUNK, choices: [] }],
    ["an index that is none", { ...CHUNK, choices: [{ ...CHUNK.choices[0], index: -1 }] }],
    ["a number for an id", { ...CHUNK, id: 7 }],
    ["no object", "text"],
  ])("leaves %s to the schema", (_, chunk) => {
    expect(plainChunk(chunk)).toBeNull();
  });

  it("give the events that the schema's way gives", () => {
    const read = (chunks: readonly object[]) => {
      const decoder = decodeOpenAiStream(COMPATIBLE_QUIRKS);
      const frames = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
      return [...decoder.push(Buffer.from(`${frames}data: [DONE]\n\n`)), ...decoder.end()];
    };
    const chunks = [
      chunkOf({ role: "assistant", content: "" }),
      chunkOf({ content: "é" }),
      chunkOf({}, { finish_reason: "stop" }),
    ];
    // An empty list of log probabilities says nothing and is not plain.
    const bySchema = chunks.map(({ choices: [choice], ...rest }) => ({
      ...rest,
      choices: [{ ...choice, logprobs: { content: [] } }],
    }));
    expect(bySchema.map(plainChunk)).toEqual([null, null, null]);
    expect(read(chunks)).toEqual(read(bySchema));
    expect(read(chunks)[0]).toMatchObject({ type: "start", model: "gpt-4o-mini", fingerprint: "fp_1" });
  });
});

describe("plain answers", () => {
  it.each([
    ["an ordinary one", WHOLE],
    ["one with a fingerprint", { ...WHOLE, system_fingerprint: "fp_1" }],
    ["one without usage", { ...WHOLE, usage: undefined }],
    ["an empty one", { ...WHOLE, choices: [{ message: { content: null }, finish_reason: "length" }] }],
  ])("read as the schema reads them: %s", (_, body) => {
    expect(plainCompletion(body, COMPATIBLE_QUIRKS)).toEqual(decodeOpenAiChat(body, COMPATIBLE_QUIRKS));
  });

  it.each([
    ["a tool call", { content: null, tool_calls: [{ id: "c", function: { name: "f", arguments: "{}" } }] }],
    ["reasoning", { content: "a", reasoning: "hm" }],
    ["a refusal", { content: null, refusal: "no" }],
    ["typed content", { content: [{ type: "text", text: "a" }] }],
  ])("leave %s to the schema", (_, message) => {
    expect(plainCompletion({ ...WHOLE, choices: [{ message, finish_reason: "stop" }] }, COMPATIBLE_QUIRKS)).toBeNull();
  });

  it("keep the vendor's mark of what ran the model", () => {
    const read = plainCompletion({ ...WHOLE, system_fingerprint: "fp_1" }, COMPATIBLE_QUIRKS)!;
    expect(read.fingerprint).toBe("fp_1");
    expect(collectResult(eventsOfResult(read), read.createdAtMs).fingerprint).toBe("fp_1");
  });

  it("leave counts that are none to the schema", () => {
    expect(plainCompletion({ ...WHOLE, usage: { prompt_tokens: "10" } }, COMPATIBLE_QUIRKS)).toBeNull();
    expect(
      plainCompletion({ ...WHOLE, usage: { prompt_tokens_details: { cached_tokens: {} } } }, COMPATIBLE_QUIRKS),
    ).toBeNull();
  });
});
