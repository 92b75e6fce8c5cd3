import type { ChatRequest, TextPart } from "../../chat.ts";
import { sealSignature } from "../../signature.ts";

const text = (value: string): TextPart => ({ kind: "text", text: value, citations: [], cacheControl: null });

/** A request that says nothing but one sentence. */
export const plainRequest: ChatRequest = {
  model: "m",
  system: [],
  messages: [{ role: "user", parts: [text("Why is the sky blue?")] }],
  tools: [],
  toolChoice: null,
  parallelToolCalls: null,
  output: { kind: "text" },
  maxOutputTokens: null,
  temperature: null,
  topP: null,
  topK: null,
  stop: [],
  seed: null,
  presencePenalty: null,
  frequencyPenalty: null,
  logitBias: null,
  topLogprobs: null,
  count: 1,
  reasoning: { effort: null, budgetTokens: null, includeText: null },
  stream: false,
  streamUsage: false,
  user: null,
  promptCacheKey: null,
  serviceTier: null,
  metadata: null,
  extras: {},
};

/** A conversation with all that the neutral form knows: an agent on its third turn. */
export const richRequest: ChatRequest = {
  ...plainRequest,
  system: [{ ...text("You are terse."), cacheControl: { ttl: "1h" } }],
  messages: [
    {
      role: "user",
      parts: [
        { ...text("What do you see, and what is it like there now?"), cacheControl: { ttl: "5m" } },
        { kind: "image", source: { kind: "base64", mediaType: "image/png", data: "iVBORw0KGgo=" }, detail: "low" },
        {
          kind: "document",
          source: { kind: "base64", mediaType: "application/pdf", data: "JVBERi0=" },
          filename: "trip.pdf",
          title: null,
        },
      ],
    },
    {
      role: "assistant",
      parts: [
        { kind: "reasoning", text: "Paris, I think.", signature: sealSignature("anthropic", "c2ln"), redacted: null },
        text("Let me look."),
        {
          kind: "tool_call",
          id: "call_weather.1",
          name: "get_weather",
          argumentsJson: '{"city":"Paris"}',
          signature: sealSignature("google", "Z3Npbg=="),
        },
        { kind: "tool_call", id: "call_time.2", name: "get_time", argumentsJson: "{}", signature: null },
      ],
    },
    {
      role: "tool",
      toolCallId: "call_weather.1",
      name: "get_weather",
      parts: [text('{"celsius":21}')],
      isError: false,
    },
    {
      role: "tool",
      toolCallId: "call_time.2",
      name: null,
      parts: [
        text("clock is down"),
        { kind: "image", source: { kind: "base64", mediaType: "image/jpeg", data: "/9j/4AA=" }, detail: null },
      ],
      isError: true,
    },
    { role: "user", parts: [text("Go on.")] },
  ],
  tools: [
    {
      name: "get_weather",
      description: "Weather of a city",
      parameters: { type: "object", properties: { city: { type: "string", minLength: 1 } }, required: ["city"] },
      strict: null,
      cacheControl: null,
    },
    {
      name: "get_time",
      description: null,
      parameters: { type: "object", properties: {} },
      strict: null,
      cacheControl: { ttl: "5m" },
    },
  ],
  toolChoice: { kind: "auto" },
  parallelToolCalls: false,
  output: {
    kind: "json_schema",
    name: "report",
    description: null,
    schema: {
      type: "object",
      properties: { note: { type: "string" } },
      required: ["note"],
      additionalProperties: false,
    },
    strict: true,
  },
  maxOutputTokens: 4000,
  temperature: 0.5,
  topP: 0.9,
  topK: 40,
  stop: ["END"],
  seed: 7,
  presencePenalty: 0.1,
  frequencyPenalty: 0.2,
  logitBias: { "50256": -100 },
  topLogprobs: 2,
  count: 1,
  reasoning: { effort: "medium", budgetTokens: null, includeText: true },
  stream: true,
  streamUsage: true,
  user: "user-7",
  promptCacheKey: "trip",
  serviceTier: "auto",
  metadata: { feature: "trips" },
  extras: { "some.other_field": true },
};
