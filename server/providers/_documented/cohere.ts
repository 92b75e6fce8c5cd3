import type { Documented } from "./documented.ts";

const SOURCE = "docs.cohere.com/reference/chat-stream";
const start = {
  id: "c1",
  type: "message-start",
  delta: { message: { role: "assistant", content: [], tool_calls: [] } },
};
const usage = {
  billed_units: { input_tokens: 10, output_tokens: 5 },
  tokens: { input_tokens: 80, output_tokens: 9 },
  cached_tokens: 64,
};
const end = (finish_reason: string, more: object = {}) => ({
  type: "message-end",
  delta: { finish_reason, usage, ...more },
});
const content = (index: number, said: object) => ({
  type: "content-delta",
  index,
  delta: { message: { content: said } },
});
const begin = (index: number, said: object) => ({
  type: "content-start",
  index,
  delta: { message: { content: said } },
});
const counted = { inputUncached: 10, output: 5 };
const text = [
  begin(0, { type: "text", text: "" }),
  content(0, { text: "Bl" }),
  content(0, { text: "ue." }),
  { type: "content-end", index: 0 },
];

export const COHERE: readonly Documented[] = [
  {
    name: "thinking, a text, and what it cites: a document and a tool's output",
    provider: "cohere",
    source: SOURCE,
    frames: [
      start,
      begin(0, { type: "thinking", thinking: "" }),
      content(0, { thinking: "Hm" }),
      content(0, { thinking: "." }),
      { type: "content-end", index: 0 },
      begin(1, { type: "text", text: "" }),
      { ...content(1, { text: "Blue." }), logprobs: { token_ids: [1], text: "Blue.", logprobs: [-0.1] } },
      {
        type: "citation-start",
        index: 0,
        delta: {
          message: {
            citations: {
              start: 0,
              end: 4,
              text: "Blue",
              type: "TEXT_CONTENT",
              sources: [
                { type: "document", id: "doc:0", document: { id: "doc:0", title: "A", url: "https://a.example" } },
                { type: "tool", id: "t:0", tool_output: { url: "https://b.example" } },
              ],
            },
          },
        },
      },
      { type: "citation-end", index: 0 },
      { type: "content-end", index: 1 },
      end("COMPLETE"),
    ],
    says: {
      text: "Blue.",
      reasoning: "Hm.",
      cites: ["https://a.example", "https://b.example"],
      finish: "stop",
      usage: counted,
    },
  },
  {
    name: "a plan, and calls in pieces",
    provider: "cohere",
    source: SOURCE,
    frames: [
      start,
      { type: "tool-plan-delta", delta: { message: { tool_plan: "I will " } } },
      { type: "tool-plan-delta", delta: { message: { tool_plan: "look." } } },
      {
        type: "tool-call-start",
        index: 0,
        delta: {
          message: { tool_calls: { id: "a", type: "function", function: { name: "get_weather", arguments: "" } } },
        },
      },
      {
        type: "tool-call-delta",
        index: 0,
        delta: { message: { tool_calls: { function: { arguments: '{"city":' } } } },
      },
      {
        type: "tool-call-delta",
        index: 0,
        delta: { message: { tool_calls: { function: { arguments: '"Paris"}' } } } },
      },
      { type: "tool-call-end", index: 0 },
      {
        type: "tool-call-start",
        index: 1,
        delta: {
          message: { tool_calls: { id: "b", type: "function", function: { name: "get_time", arguments: "" } } },
        },
      },
      { type: "tool-call-end", index: 1 },
      end("TOOL_CALL"),
    ],
    says: {
      reasoning: "I will look.",
      calls: [
        ["get_weather", '{"city":"Paris"}'],
        ["get_time", "{}"],
      ],
      finish: "tool_calls",
      usage: counted,
    },
  },
  ...(
    [
      ["MAX_TOKENS", "length"],
      ["STOP_SEQUENCE", "stop_sequence"],
      ["COMPLETE", "stop"],
    ] as const
  ).map(
    ([reason, finish]): Documented => ({
      name: `an answer that ended by ${reason}`,
      provider: "cohere",
      source: SOURCE,
      frames: [start, ...text, end(reason)],
      says: { text: "Blue.", finish, usage: counted },
    }),
  ),
  ...["ERROR", "TIMEOUT"].map(
    (reason): Documented => ({
      name: `an answer that ${reason} broke off`,
      provider: "cohere",
      source: SOURCE,
      frames: [start, ...text, end(reason)],
      says: { text: "Blue.", fault: "server_error" },
    }),
  ),
  {
    name: "an error told at the end",
    provider: "cohere",
    source: SOURCE,
    frames: [start, ...text, end("ERROR", { error: "an internal error" })],
    says: { text: "Blue.", fault: "server_error" },
  },
  {
    name: "a whole answer with tokens only, part of them from the cache",
    provider: "cohere",
    source: "docs.cohere.com/reference/chat",
    body: {
      id: "c1",
      finish_reason: "COMPLETE",
      message: { role: "assistant", content: [{ type: "text", text: "Blue." }] },
      usage: { tokens: { input_tokens: 80, output_tokens: 9 }, cached_tokens: 64 },
    },
    says: { text: "Blue.", finish: "stop", usage: { inputUncached: 16, cacheRead: 64, output: 9 } },
  },
  {
    name: "an error in an answer of status 200",
    provider: "cohere",
    source: "docs.cohere.com/reference/errors",
    body: { id: "e1", message: "too many tokens: size limit exceeded" },
    says: { fault: "context_length" },
  },
];
