import { sse, type WireSamples } from "./samples.ts";

const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model: "m" };
const chunk = (delta: object, finish: string | null = null) => ({
  ...head,
  choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
});
const usage = {
  prompt_tokens: 20,
  completion_tokens: 5,
  total_tokens: 25,
  prompt_tokens_details: { cached_tokens: 8 },
  completion_tokens_details: { reasoning_tokens: 0 },
};
const whole = (message: object, finish: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }],
  usage,
});
const call = (id: string, name: string, json: string) => ({
  id,
  type: "function",
  function: { name, arguments: json },
});

/** `POST /chat/completions` */
export const openAiChatSamples: WireSamples = {
  text: {
    body: whole({ content: "The sky is blue.", refusal: null }, "stop"),
    stream: sse(
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "The sky" }),
      chunk({ content: " is blue." }),
      chunk({}, "stop"),
      { ...head, choices: [], usage },
      "[DONE]",
    ),
    usage: [12, 8, 5, 0],
  },
  tools: {
    body: whole(
      {
        content: null,
        tool_calls: [call("call_a", "get_weather", '{"city":"Paris"}'), call("call_b", "get_time", "")],
      },
      "tool_calls",
    ),
    stream: sse(
      chunk({ role: "assistant", content: null }),
      chunk({ tool_calls: [{ index: 0, ...call("call_a", "get_weather", "") }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '"Paris"}' } }] }),
      chunk({ tool_calls: [{ index: 1, ...call("call_b", "get_time", "") }] }),
      chunk({}, "tool_calls"),
      { ...head, choices: [], usage },
      "[DONE]",
    ),
    usage: [12, 8, 5, 0],
  },
  reasoning: {
    text: "Sky: blue?",
    body: whole({ reasoning_content: "Sky: blue?", content: "Blue." }, "stop"),
    stream: sse(
      chunk({ role: "assistant", reasoning_content: "Sky:" }),
      chunk({ reasoning_content: " blue?" }),
      chunk({ content: "Blue." }),
      chunk({}, "stop"),
      { ...head, choices: [], usage },
      "[DONE]",
    ),
    usage: [12, 8, 5, 0],
  },
  faults: [
    {
      status: 401,
      body: '{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}',
      kind: "authentication",
    },
    {
      status: 400,
      body: '{"error":{"message":"This model\'s maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}',
      kind: "context_length",
    },
    {
      status: 400,
      body: '{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400}}',
      kind: "content_policy",
    },
    {
      status: 429,
      headers: { "retry-after": "2" },
      body: '{"error":{"message":"Rate limit reached: too many tokens","type":"tokens","param":null,"code":"rate_limit_exceeded"}}',
      kind: "rate_limited",
      retryAfterMs: 2000,
    },
    {
      status: 429,
      body: '{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}',
      kind: "insufficient_quota",
    },
    {
      status: 404,
      body: '{"error":{"message":"The model does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}',
      kind: "not_found",
    },
    { status: 422, body: '{"detail":[{"loc":["body","model"],"msg":"field required"}]}', kind: "invalid_request" },
    {
      status: 400,
      body: '{"object":"error","message":{"detail":[{"type":"extra_forbidden"}]},"type":"invalid_request_error"}',
      kind: "invalid_request",
    },
    {
      status: 503,
      body: '{"error":{"message":"The engine is overloaded","type":"server_error"}}',
      kind: "overloaded",
    },
  ],
  brokenOff: {
    stream: sse(chunk({ role: "assistant", content: "The" }), {
      error: { message: "The server had an error", type: "server_error", code: null },
    }),
    kind: "server_error",
  },
};
