import { sse, type WireSamples } from "./samples.ts";

const usage = {
  billed_units: { input_tokens: 12, output_tokens: 5 },
  tokens: { input_tokens: 507, output_tokens: 10 },
};
const whole = (message: object, finish_reason: string) => ({
  id: "c1",
  message: { role: "assistant", ...message },
  finish_reason,
  usage,
});
const begin = {
  id: "c1",
  type: "message-start",
  delta: { message: { role: "assistant", content: [], tool_calls: [] } },
};
const content = (type: "text" | "thinking", ...pieces: readonly string[]) => [
  { type: "content-start", index: 0, delta: { message: { content: { type, [type]: "" } } } },
  ...pieces.map((piece) => ({ type: "content-delta", index: 0, delta: { message: { content: { [type]: piece } } } })),
  { type: "content-end", index: 0 },
];
const call = (index: number, id: string, name: string, ...pieces: readonly string[]) => [
  {
    type: "tool-call-start",
    index,
    delta: { message: { tool_calls: { id, type: "function", function: { name, arguments: "" } } } },
  },
  ...pieces.map((piece) => ({
    type: "tool-call-delta",
    index,
    delta: { message: { tool_calls: { function: { arguments: piece } } } },
  })),
  { type: "tool-call-end", index },
];
const end = (finish_reason: string) => ({ type: "message-end", delta: { finish_reason, usage } });
const citation = {
  start: 0,
  end: 3,
  text: "The",
  sources: [{ type: "document", id: "doc:0", document: { title: "Sky", url: "https://e.org" } }],
};

/** `POST /v2/chat` */
export const cohereSamples: WireSamples = {
  text: {
    body: whole({ content: [{ type: "text", text: "The sky is blue." }], citations: [citation] }, "COMPLETE"),
    stream: sse(
      begin,
      ...content("text", "The sky", " is blue."),
      { type: "citation-start", index: 0, delta: { message: { citations: citation } } },
      { type: "citation-end", index: 0 },
      end("COMPLETE"),
    ),
    usage: [12, 0, 5, 0],
  },
  tools: {
    body: whole(
      {
        tool_calls: [
          { id: "get_weather_a", type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
          { id: "get_time_b", type: "function", function: { name: "get_time", arguments: "{}" } },
        ],
      },
      "TOOL_CALL",
    ),
    stream: sse(
      begin,
      ...call(0, "get_weather_a", "get_weather", '{"city":', '"Paris"}'),
      ...call(1, "get_time_b", "get_time"),
      end("TOOL_CALL"),
    ),
    usage: [12, 0, 5, 0],
  },
  reasoning: {
    text: "Sky: blue?",
    body: whole(
      {
        content: [
          { type: "thinking", thinking: "Sky: blue?" },
          { type: "text", text: "Blue." },
        ],
      },
      "COMPLETE",
    ),
    stream: sse(begin, ...content("thinking", "Sky:", " blue?"), ...content("text", "Blue."), end("COMPLETE")),
    usage: [12, 0, 5, 0],
  },
  faults: [
    fault(400, "invalid request: message must be at least 1 token long", "invalid_request"),
    fault(400, "too many tokens: total number of tokens in the prompt cannot exceed 128000", "context_length"),
    fault(401, "invalid api token", "authentication"),
    fault(404, "model 'nope' not found", "not_found"),
    fault(422, "unknown field", "invalid_request"),
    fault(429, "You are past the per minute request limit, please wait and try again later", "rate_limited"),
    fault(429, "You are using a Trial key, which is limited to 1000 API calls / month.", "insufficient_quota"),
    fault(500, "internal server error", "server_error"),
    fault(503, "service unavailable", "overloaded"),
    fault(504, "gateway timeout", "timeout"),
  ],
  brokenOff: {
    stream: sse(begin, ...content("text", "The"), {
      type: "message-end",
      delta: { finish_reason: "ERROR", error: "internal error", usage },
    }),
    kind: "server_error",
  },
};

function fault(status: number, message: string, kind: WireSamples["faults"][number]["kind"]) {
  return { status, body: JSON.stringify({ id: "e1", message }), kind };
}
