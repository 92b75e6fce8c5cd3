import type { Documented } from "./documented.ts";

const SOURCE = "platform.claude.com/docs/en/build-with-claude/streaming";
const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-x",
  content: [],
  stop_reason: null,
  stop_sequence: null,
};
const start = (usage: object) => ({ type: "message_start", message: { ...MESSAGE, usage } });
const plain = start({ input_tokens: 10, output_tokens: 1 });
const block = (index: number, content_block: object) => ({ type: "content_block_start", index, content_block });
const delta = (index: number, said: object) => ({ type: "content_block_delta", index, delta: said });
const stop = (index: number) => ({ type: "content_block_stop", index });
const text = (index: number, said: string) => [
  block(index, { type: "text", text: "" }),
  delta(index, { type: "text_delta", text: said }),
  stop(index),
];
const end = (stop_reason: string, usage: object = { output_tokens: 5 }, more: object = {}) => [
  { type: "message_delta", delta: { stop_reason, stop_sequence: null, ...more }, usage },
  { type: "message_stop" },
];
const json = (partial_json: string) => ({ type: "input_json_delta", partial_json });
const counted = { inputUncached: 10, output: 5 };
const whole = (content: readonly object[], stop_reason: string, more: object = {}) => ({
  ...MESSAGE,
  content,
  stop_reason,
  usage: { input_tokens: 10, output_tokens: 5 },
  ...more,
});

export const ANTHROPIC: readonly Documented[] = [
  {
    name: "thinking with its signature, hidden thinking, pings between",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/build-with-claude/extended-thinking",
    frames: [
      plain,
      block(0, { type: "thinking", thinking: "", signature: "" }),
      { type: "ping" },
      delta(0, { type: "thinking_delta", thinking: "Hm" }),
      delta(0, { type: "thinking_delta", thinking: "." }),
      delta(0, { type: "signature_delta", signature: "EqQB" }),
      stop(0),
      block(1, { type: "redacted_thinking", data: "EmwK" }),
      stop(1),
      ...text(2, "Blue."),
      ...end("end_turn", { output_tokens: 5, output_tokens_details: { thinking_tokens: 3 } }),
    ],
    says: { text: "Blue.", reasoning: "Hm.", finish: "stop", usage: { ...counted, reasoning: 3 } },
  },
  {
    name: "thinking that is not shown: a signature alone",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/build-with-claude/adaptive-thinking",
    frames: [
      plain,
      block(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "signature_delta", signature: "EqQB" }),
      stop(0),
      ...text(1, "Blue."),
      ...end("end_turn"),
    ],
    says: { text: "Blue.", finish: "stop", usage: counted },
  },
  {
    name: "a call in fine pieces, the first of them empty, and one without input",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming",
    frames: [
      plain,
      block(0, { type: "tool_use", id: "toolu_1", name: "get_weather", input: {}, caller: { type: "direct" } }),
      delta(0, json("")),
      delta(0, json('{"ci')),
      delta(0, json('ty":"Par')),
      delta(0, json('is"}')),
      stop(0),
      block(1, { type: "tool_use", id: "toolu_2", name: "get_time", input: {} }),
      delta(1, json("")),
      stop(1),
      ...end("tool_use"),
    ],
    says: {
      calls: [
        ["get_weather", '{"city":"Paris"}'],
        ["get_time", "{}"],
      ],
      finish: "tool_calls",
      usage: counted,
    },
  },
  {
    name: "a call cut short, whose input is broken JSON",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming",
    frames: [
      plain,
      block(0, { type: "tool_use", id: "toolu_1", name: "get_weather", input: {} }),
      delta(0, json('{"city":"Par')),
      stop(0),
      ...end("max_tokens"),
    ],
    says: { calls: [["get_weather", '{"city":"Par']], finish: "length", usage: counted },
  },
  {
    name: "a search of the web: the vendor's tool and its result, then a text that cites; usage grows",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool",
    frames: [
      start({ input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 }),
      ...text(0, "Let me look. "),
      block(1, { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} }),
      delta(1, json('{"query":"sky"}')),
      stop(1),
      block(2, {
        type: "web_search_tool_result",
        tool_use_id: "srvtoolu_1",
        content: [{ type: "web_search_result", title: "A", url: "https://a.example", encrypted_content: "Eo8B" }],
      }),
      stop(2),
      block(3, { type: "text", text: "", citations: [] }),
      delta(3, {
        type: "citations_delta",
        citation: {
          type: "web_search_result_location",
          cited_text: "the sky is blue",
          url: "https://a.example",
          title: "A",
          encrypted_index: "Eo8B",
        },
      }),
      delta(3, { type: "text_delta", text: "Blue." }),
      stop(3),
      ...end("end_turn", {
        input_tokens: 6000,
        cache_creation_input_tokens: 100,
        cache_read_input_tokens: 200,
        output_tokens: 50,
        server_tool_use: { web_search_requests: 1, web_fetch_requests: 2 },
      }),
    ],
    says: {
      text: "Let me look. Blue.",
      cites: ["https://a.example"],
      finish: "stop",
      usage: { inputUncached: 6000, cacheWrite5m: 100, cacheRead: 200, output: 50, webSearches: 1 },
    },
  },
  {
    name: "code that the vendor ran, MCP, files in its container, a result that is an object",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/agents-and-tools/tool-use/code-execution-tool",
    body: whole(
      [
        { type: "server_tool_use", id: "s1", name: "bash_code_execution", input: { command: "ls" } },
        {
          type: "bash_code_execution_tool_result",
          tool_use_id: "s1",
          content: { type: "bash_code_execution_result", stdout: "a", stderr: "", return_code: 0, content: [] },
        },
        {
          type: "code_execution_tool_result",
          tool_use_id: "s1",
          content: { type: "code_execution_tool_result_error" },
        },
        { type: "web_fetch_tool_result", tool_use_id: "s1", content: { type: "web_fetch_tool_result_error" } },
        { type: "tool_search_tool_result", tool_use_id: "s1", content: { type: "tool_search_tool_search_result" } },
        { type: "mcp_tool_use", id: "m1", name: "t", server_name: "s", input: {} },
        { type: "mcp_tool_result", tool_use_id: "m1", is_error: false, content: [{ type: "text", text: "ok" }] },
        { type: "container_upload", file_id: "file_1" },
        { type: "compaction", content: "so far" },
        { type: "text", text: "Blue." },
      ],
      "end_turn",
      { container: { id: "c1", expires_at: "2026-01-01T00:00:00Z" }, context_management: { applied_edits: [] } },
    ),
    says: { text: "Blue.", finish: "stop", usage: counted },
  },
  {
    name: "citations of every place in a document",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/build-with-claude/citations",
    body: whole(
      [
        {
          type: "text",
          text: "Blue.",
          citations: [
            { type: "char_location", cited_text: "a", document_index: 0, document_title: "D", start_char_index: 0 },
            { type: "page_location", cited_text: "b", document_index: 0, document_title: "D", start_page_number: 1 },
            { type: "content_block_location", cited_text: "c", document_index: 0, document_title: null },
            { type: "search_result_location", cited_text: "d", source: "https://a.example", title: "A" },
          ],
        },
      ],
      "end_turn",
    ),
    says: { text: "Blue.", cites: ["", "", "", "https://a.example"], finish: "stop", usage: counted },
  },
  {
    name: "a turn that is paused",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/build-with-claude/handling-stop-reasons",
    frames: [plain, ...text(0, "Wait"), ...end("pause_turn")],
    says: { text: "Wait", finish: "pause", usage: counted },
  },
  {
    name: "a context that is full",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/build-with-claude/handling-stop-reasons",
    frames: [plain, ...text(0, "Bl"), ...end("model_context_window_exceeded")],
    says: { text: "Bl", finish: "length", usage: counted },
  },
  {
    name: "a stop sequence",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/api/messages",
    frames: [plain, ...text(0, "Bl"), ...end("stop_sequence", { output_tokens: 5 }, { stop_sequence: "###" })],
    says: { text: "Bl", finish: "stop_sequence", usage: counted },
  },
  {
    name: "a refusal amid the answer",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals",
    frames: [
      plain,
      ...text(0, "Bl"),
      ...end(
        "refusal",
        { output_tokens: 5 },
        { stop_details: { type: "refusal", category: "cyber", explanation: null } },
      ),
    ],
    says: { text: "Bl", finish: "refusal", usage: counted },
  },
  {
    name: "caches of both lifetimes, and a tier",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/build-with-claude/prompt-caching",
    body: whole([{ type: "text", text: "Blue." }], "end_turn", {
      usage: {
        input_tokens: 21,
        cache_creation_input_tokens: 556,
        cache_read_input_tokens: 1800,
        cache_creation: { ephemeral_5m_input_tokens: 456, ephemeral_1h_input_tokens: 100 },
        output_tokens: 393,
        service_tier: "priority",
      },
    }),
    says: {
      text: "Blue.",
      finish: "stop",
      usage: {
        inputUncached: 21,
        cacheRead: 1800,
        cacheWrite5m: 456,
        cacheWrite1h: 100,
        output: 393,
        serviceTier: "priority",
      },
    },
  },
  {
    name: "an error event amid the answer",
    provider: "anthropic",
    source: `${SOURCE}#error-events`,
    frames: [
      plain,
      block(0, { type: "text", text: "" }),
      delta(0, { type: "text_delta", text: "Bl" }),
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_1" },
    ],
    says: { text: "Bl", fault: "overloaded" },
  },
  {
    name: "an error in an answer of status 200",
    provider: "anthropic",
    source: "platform.claude.com/docs/en/api/errors",
    body: { type: "error", error: { type: "rate_limit_error", message: "slow down" }, request_id: "req_1" },
    says: { fault: "rate_limited" },
  },
];
