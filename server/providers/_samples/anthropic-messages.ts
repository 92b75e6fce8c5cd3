import { sse, type WireSamples } from "./samples.ts";

const head = { id: "msg_1", type: "message", role: "assistant", model: "m" };
const begin = {
  type: "message_start",
  message: {
    ...head,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 8, output_tokens: 1 },
  },
};
const start = (index: number, block: object) => ({ type: "content_block_start", index, content_block: block });
const delta = (index: number, change: object) => ({ type: "content_block_delta", index, delta: change });
const stop = (index: number) => ({ type: "content_block_stop", index });
const end = (reason: string) => [
  { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 5 } },
  { type: "message_stop" },
];
const whole = (content: readonly object[], reason: string) => ({
  ...head,
  content,
  stop_reason: reason,
  stop_sequence: null,
  usage: { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 8, output_tokens: 5 },
});

/** `POST /v1/messages` */
export const anthropicSamples: WireSamples = {
  text: {
    body: whole([{ type: "text", text: "The sky is blue." }], "end_turn"),
    stream: sse(
      begin,
      { type: "ping" },
      start(0, { type: "text", text: "" }),
      delta(0, { type: "text_delta", text: "The sky" }),
      delta(0, { type: "text_delta", text: " is blue." }),
      stop(0),
      ...end("end_turn"),
    ),
    usage: [12, 8, 5, 0],
  },
  tools: {
    body: whole(
      [
        { type: "tool_use", id: "toolu_a", name: "get_weather", input: { city: "Paris" } },
        { type: "tool_use", id: "toolu_b", name: "get_time", input: {} },
      ],
      "tool_use",
    ),
    stream: sse(
      begin,
      start(0, { type: "tool_use", id: "toolu_a", name: "get_weather", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: "" }),
      delta(0, { type: "input_json_delta", partial_json: '{"city":' }),
      delta(0, { type: "input_json_delta", partial_json: '"Paris"}' }),
      stop(0),
      start(1, { type: "tool_use", id: "toolu_b", name: "get_time", input: {} }),
      stop(1),
      ...end("tool_use"),
    ),
    usage: [12, 8, 5, 0],
  },
  reasoning: {
    text: "Sky: blue?",
    body: whole(
      [
        { type: "thinking", thinking: "Sky: blue?", signature: "c2ln" },
        { type: "redacted_thinking", data: "ZW5j" },
        {
          type: "text",
          text: "Blue.",
          citations: [{ type: "web_search_result_location", cited_text: "sky", url: "https://e.org", title: "E" }],
        },
      ],
      "end_turn",
    ),
    stream: sse(
      begin,
      start(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "Sky:" }),
      delta(0, { type: "thinking_delta", thinking: " blue?" }),
      delta(0, { type: "signature_delta", signature: "c2ln" }),
      stop(0),
      start(1, { type: "redacted_thinking", data: "ZW5j" }),
      stop(1),
      start(2, { type: "text", text: "" }),
      delta(2, { type: "text_delta", text: "Blue." }),
      delta(2, {
        type: "citations_delta",
        citation: { type: "web_search_result_location", cited_text: "sky", url: "https://e.org", title: "E" },
      }),
      stop(2),
      ...end("end_turn"),
    ),
    usage: [12, 8, 5, 0],
  },
  faults: [
    fault(400, "invalid_request_error", "messages: at least one message is required", "invalid_request"),
    fault(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", "context_length"),
    fault(
      400,
      "invalid_request_error",
      "Your credit balance is too low to access the Anthropic API.",
      "insufficient_quota",
    ),
    fault(400, "invalid_request_error", "Output blocked by content filtering policy", "content_policy"),
    fault(401, "authentication_error", "invalid x-api-key", "authentication"),
    fault(402, "billing_error", "payment needed", "insufficient_quota"),
    fault(403, "permission_error", "not allowed", "permission"),
    fault(404, "not_found_error", "model: nope", "not_found"),
    fault(413, "request_too_large", "Request exceeds the maximum size", "request_too_large"),
    {
      ...fault(429, "rate_limit_error", "This request would exceed your rate limit", "rate_limited"),
      headers: { "retry-after": "31" },
      retryAfterMs: 31_000,
    },
    fault(500, "api_error", "Internal server error", "server_error"),
    fault(504, "timeout_error", "timed out", "timeout"),
    fault(529, "overloaded_error", "Overloaded", "overloaded"),
  ],
  brokenOff: {
    stream: sse(begin, start(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "The" }), {
      type: "error",
      error: { type: "overloaded_error", message: "Overloaded" },
    }),
    kind: "overloaded",
  },
};

function fault(status: number, type: string, message: string, kind: WireSamples["faults"][number]["kind"]) {
  return { status, body: JSON.stringify({ type: "error", error: { type, message }, request_id: "req_1" }), kind };
}
