import type { Documented } from "./documented.ts";

const SOURCE = "docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html";
const start = ["messageStart", { role: "assistant", p: "abc" }] as const;
const delta = (contentBlockIndex: number, said: object) =>
  ["contentBlockDelta", { contentBlockIndex, delta: said, p: "abcd" }] as const;
const stop = (contentBlockIndex: number) => ["contentBlockStop", { contentBlockIndex }] as const;
const end = (stopReason: string) => ["messageStop", { stopReason }] as const;
const metadata = [
  "metadata",
  { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 }, metrics: { latencyMs: 5 } },
] as const;
const counted = { inputUncached: 10, output: 5 };
const whole = (content: readonly object[], stopReason: string, more: object = {}) => ({
  output: { message: { role: "assistant", content } },
  stopReason,
  usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
  metrics: { latencyMs: 5 },
  ...more,
});

export const BEDROCK: readonly Documented[] = [
  {
    name: "reasoning with its signature, then hidden reasoning, text, a call",
    provider: "bedrock",
    source: SOURCE,
    frames: [
      start,
      delta(0, { reasoningContent: { text: "Hm." } }),
      delta(0, { reasoningContent: { signature: "EqQB" } }),
      stop(0),
      delta(1, { reasoningContent: { redactedContent: "EmwK" } }),
      stop(1),
      delta(2, { text: "Bl" }),
      delta(2, { text: "ue." }),
      stop(2),
      ["contentBlockStart", { contentBlockIndex: 3, start: { toolUse: { toolUseId: "t1", name: "get_weather" } } }],
      delta(3, { toolUse: { input: '{"city":' } }),
      delta(3, { toolUse: { input: '"Paris"}' } }),
      stop(3),
      end("tool_use"),
      [
        "metadata",
        {
          usage: {
            inputTokens: 10,
            outputTokens: 5,
            totalTokens: 35,
            cacheReadInputTokens: 12,
            cacheWriteInputTokens: 8,
            cacheDetails: [
              { ttl: "1h", inputTokens: 5 },
              { ttl: "5m", inputTokens: 3 },
            ],
          },
          serviceTier: { type: "priority" },
          metrics: { latencyMs: 5 },
          trace: { guardrail: {} },
        },
      ],
    ],
    says: {
      text: "Blue.",
      reasoning: "Hm.",
      calls: [["get_weather", '{"city":"Paris"}']],
      finish: "tool_calls",
      usage: {
        inputUncached: 10,
        cacheRead: 12,
        cacheWrite5m: 3,
        cacheWrite1h: 5,
        output: 5,
        serviceTier: "priority",
      },
    },
  },
  {
    name: "a text that cites, and the vendor's own tool at work",
    provider: "bedrock",
    source: "docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsContentBlock.html",
    body: whole(
      [
        { toolUse: { toolUseId: "s1", name: "nova_grounding", type: "server_tool_use", input: {} } },
        { toolResult: { toolUseId: "s1", type: "nova_grounding_result", content: [], status: "success" } },
        {
          citationsContent: {
            content: [{ text: "Blue." }],
            citations: [
              {
                title: "A",
                sourceContent: [{ text: "the sky is blue" }],
                location: { web: { url: "https://a.example", domain: "a.example" } },
              },
              { title: "B", location: { documentChar: { documentIndex: 0, start: 0, end: 5 } } },
            ],
          },
        },
      ],
      "end_turn",
    ),
    says: { text: "Blue.", cites: ["https://a.example", ""], finish: "stop", usage: counted },
  },
  {
    name: "the same in a stream",
    provider: "bedrock",
    source: "docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsDelta.html",
    frames: [
      start,
      [
        "contentBlockStart",
        {
          contentBlockIndex: 0,
          start: { toolUse: { toolUseId: "s1", name: "nova_grounding", type: "server_tool_use" } },
        },
      ],
      delta(0, { toolUse: { input: "{}" } }),
      stop(0),
      ["contentBlockStart", { contentBlockIndex: 1, start: { toolResult: { toolUseId: "s1" } } }],
      delta(1, { toolResult: [{ text: "found" }] }),
      stop(1),
      delta(2, { text: "Blue." }),
      delta(2, { citation: { title: "A", location: { web: { url: "https://a.example" } } } }),
      stop(2),
      end("end_turn"),
      metadata,
    ],
    says: { text: "Blue.", cites: ["https://a.example"], finish: "stop", usage: counted },
  },
  ...(
    [
      ["guardrail_intervened", "content_filter"],
      ["content_filtered", "content_filter"],
      ["max_tokens", "length"],
      ["model_context_window_exceeded", "length"],
      ["stop_sequence", "stop_sequence"],
      ["end_turn", "stop"],
    ] as const
  ).map(
    ([stopReason, finish]): Documented => ({
      name: `an answer that ended by ${stopReason}`,
      provider: "bedrock",
      source: "docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
      frames: [start, delta(0, { text: "Bl" }), stop(0), end(stopReason), metadata],
      says: { text: "Bl", finish, usage: counted },
    }),
  ),
  ...["malformed_model_output", "malformed_tool_use"].map(
    (stopReason): Documented => ({
      name: `an answer that ${stopReason} broke off`,
      provider: "bedrock",
      source: "docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
      frames: [start, delta(0, { text: "Bl" }), stop(0), end(stopReason), metadata],
      says: { text: "Bl", fault: "server_error" },
    }),
  ),
  ...(
    [
      ["throttlingException", "rate_limited"],
      ["modelStreamErrorException", "server_error"],
      ["internalServerException", "server_error"],
      ["serviceUnavailableException", "overloaded"],
      ["validationException", "invalid_request"],
    ] as const
  ).map(
    ([exception, fault]): Documented => ({
      name: `${exception} amid the stream`,
      provider: "bedrock",
      source: SOURCE,
      frames: [start, delta(0, { text: "Bl" }), [exception, { message: "why" }]],
      says: { text: "Bl", fault },
    }),
  ),
];
