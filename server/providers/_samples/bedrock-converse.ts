import { eventStream, type WireSamples } from "./samples.ts";

const usage = { inputTokens: 12, outputTokens: 5, totalTokens: 25, cacheReadInputTokens: 8, cacheWriteInputTokens: 0 };
const whole = (content: readonly object[], stopReason: string) => ({
  output: { message: { role: "assistant", content } },
  stopReason,
  usage,
  metrics: { latencyMs: 100 },
});
const begin = ["messageStart", { role: "assistant" }] as const;
const delta = (index: number, change: object) =>
  ["contentBlockDelta", { contentBlockIndex: index, delta: change }] as const;
const stop = (index: number) => ["contentBlockStop", { contentBlockIndex: index }] as const;
const end = (stopReason: string) =>
  [
    ["messageStop", { stopReason }],
    ["metadata", { usage, metrics: { latencyMs: 9 } }],
  ] as const;
const call = (index: number, toolUseId: string, name: string) =>
  ["contentBlockStart", { contentBlockIndex: index, start: { toolUse: { toolUseId, name } } }] as const;

/** Converse and ConverseStream */
export const converseSamples: WireSamples = {
  text: {
    body: whole([{ text: "The sky is blue." }], "end_turn"),
    stream: eventStream(
      begin,
      delta(0, { text: "The sky" }),
      delta(0, { text: " is blue." }),
      stop(0),
      ...end("end_turn"),
    ),
    usage: [12, 8, 5, 0],
  },
  tools: {
    body: whole(
      [
        { toolUse: { toolUseId: "tooluse_a", name: "get_weather", input: { city: "Paris" } } },
        { toolUse: { toolUseId: "tooluse_b", name: "get_time", input: {} } },
      ],
      "tool_use",
    ),
    stream: eventStream(
      begin,
      call(0, "tooluse_a", "get_weather"),
      delta(0, { toolUse: { input: '{"city":' } }),
      delta(0, { toolUse: { input: '"Paris"}' } }),
      stop(0),
      call(1, "tooluse_b", "get_time"),
      stop(1),
      ...end("tool_use"),
    ),
    usage: [12, 8, 5, 0],
  },
  reasoning: {
    text: "Sky: blue?",
    body: whole(
      [{ reasoningContent: { reasoningText: { text: "Sky: blue?", signature: "c2ln" } } }, { text: "Blue." }],
      "end_turn",
    ),
    stream: eventStream(
      begin,
      delta(0, { reasoningContent: { text: "Sky:" } }),
      delta(0, { reasoningContent: { text: " blue?" } }),
      delta(0, { reasoningContent: { signature: "c2ln" } }),
      stop(0),
      delta(1, { text: "Blue." }),
      stop(1),
      ...end("end_turn"),
    ),
    usage: [12, 8, 5, 0],
  },
  faults: [
    fault(400, "ValidationException", "The model returned the following errors: bad field", "invalid_request"),
    fault(400, "ValidationException", "Input is too long for requested model.", "context_length"),
    fault(
      403,
      "AccessDeniedException",
      "You don't have access to the model with the specified model ID.",
      "permission",
    ),
    fault(
      403,
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
      "authentication",
    ),
    fault(403, "ExpiredTokenException", "The security token included in the request is expired", "authentication"),
    fault(404, "ResourceNotFoundException", "Could not resolve the foundation model", "not_found"),
    fault(408, "ModelTimeoutException", "The request took too long to process", "timeout"),
    fault(424, "ModelErrorException", "The request failed due to an error while processing the model.", "server_error"),
    fault(429, "ThrottlingException", "Too many requests, please wait before trying again.", "rate_limited"),
    fault(500, "InternalServerException", "The system encountered an unexpected error", "server_error"),
    fault(503, "ServiceUnavailableException", "Bedrock is unable to process your request.", "overloaded"),
  ],
  brokenOff: {
    stream: eventStream(begin, delta(0, { text: "The" }), [
      "throttlingException",
      { message: "Too many tokens, please wait." },
    ]),
    kind: "rate_limited",
  },
};

function fault(status: number, type: string, message: string, kind: WireSamples["faults"][number]["kind"]) {
  const headers = { "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` };
  return { status, headers, body: JSON.stringify({ message }), kind };
}
