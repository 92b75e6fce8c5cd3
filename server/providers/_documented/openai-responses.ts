import type { Documented } from "./documented.ts";

const SOURCE = "platform.openai.com/docs/api-reference/responses-streaming";
const RESPONSE = { id: "resp_1", object: "response", created_at: 1_763_000_000, model: "m", error: null, output: [] };
const usage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 40, cache_write_tokens: 30 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 8 },
  total_tokens: 120,
};
const counted = { inputUncached: 30, cacheRead: 40, cacheWrite5m: 30, output: 20, reasoning: 8 };
const created = [
  { type: "response.created", response: { ...RESPONSE, status: "in_progress", usage: null } },
  { type: "response.in_progress", response: { ...RESPONSE, status: "in_progress", usage: null } },
];
const end = (status: string, more: object = {}) => ({
  type: `response.${status}`,
  response: { ...RESPONSE, status, usage, ...more },
});
const added = (output_index: number, item: object) => ({ type: "response.output_item.added", output_index, item });
const done = (output_index: number, item: object) => ({ type: "response.output_item.done", output_index, item });
const numbered = (frames: readonly object[]) => frames.map((frame, index) => ({ ...frame, sequence_number: index }));
const message = (content: readonly object[]) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  status: "completed",
  content,
});
const text = (said: string, annotations: readonly object[] = []) => ({
  type: "output_text",
  text: said,
  annotations,
  logprobs: [],
});

/** The vendor's own tools at work: their events and items say nothing that the client is to do. */
const SERVER_TOOLS = [
  added(0, { id: "ws_1", type: "web_search_call", status: "in_progress", action: { type: "search", query: "sky" } }),
  { type: "response.web_search_call.in_progress", output_index: 0, item_id: "ws_1" },
  { type: "response.web_search_call.searching", output_index: 0, item_id: "ws_1" },
  { type: "response.web_search_call.completed", output_index: 0, item_id: "ws_1" },
  done(0, { id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search", query: "sky" } }),
  added(1, { id: "fs_1", type: "file_search_call", status: "in_progress", queries: ["sky"], results: null }),
  { type: "response.file_search_call.searching", output_index: 1, item_id: "fs_1" },
  { type: "response.file_search_call.completed", output_index: 1, item_id: "fs_1" },
  done(1, { id: "fs_1", type: "file_search_call", status: "completed", queries: ["sky"], results: [] }),
  added(2, {
    id: "ci_1",
    type: "code_interpreter_call",
    code: "",
    container_id: "c",
    outputs: null,
    status: "in_progress",
  }),
  { type: "response.code_interpreter_call.in_progress", output_index: 2, item_id: "ci_1" },
  { type: "response.code_interpreter_call_code.delta", output_index: 2, item_id: "ci_1", delta: "print(1)" },
  { type: "response.code_interpreter_call_code.done", output_index: 2, item_id: "ci_1", code: "print(1)" },
  { type: "response.code_interpreter_call.interpreting", output_index: 2, item_id: "ci_1" },
  { type: "response.code_interpreter_call.completed", output_index: 2, item_id: "ci_1" },
  done(2, {
    id: "ci_1",
    type: "code_interpreter_call",
    code: "print(1)",
    container_id: "c",
    outputs: [],
    status: "completed",
  }),
  added(3, { id: "mcpl_1", type: "mcp_list_tools", server_label: "s", tools: [] }),
  { type: "response.mcp_list_tools.in_progress", output_index: 3, item_id: "mcpl_1" },
  { type: "response.mcp_list_tools.completed", output_index: 3, item_id: "mcpl_1" },
  done(3, { id: "mcpl_1", type: "mcp_list_tools", server_label: "s", tools: [{ name: "t", input_schema: {} }] }),
  added(4, { id: "mcp_1", type: "mcp_call", name: "t", server_label: "s", arguments: "", output: null }),
  { type: "response.mcp_call_arguments.delta", output_index: 4, item_id: "mcp_1", delta: "{}" },
  { type: "response.mcp_call_arguments.done", output_index: 4, item_id: "mcp_1", arguments: "{}" },
  { type: "response.mcp_call.completed", output_index: 4, item_id: "mcp_1" },
  done(4, { id: "mcp_1", type: "mcp_call", name: "t", server_label: "s", arguments: "{}", output: "ok" }),
  added(5, { id: "ig_1", type: "image_generation_call", status: "in_progress", result: null }),
  { type: "response.image_generation_call.generating", output_index: 5, item_id: "ig_1" },
  {
    type: "response.image_generation_call.partial_image",
    output_index: 5,
    item_id: "ig_1",
    partial_image_index: 0,
    partial_image_b64: "aGk=",
  },
  { type: "response.image_generation_call.completed", output_index: 5, item_id: "ig_1" },
  done(5, {
    id: "tsc_1",
    type: "tool_search_call",
    arguments: { query: "x" },
    execution: "server",
    status: "completed",
  }),
];

export const RESPONSES: readonly Documented[] = [
  {
    name: "a summary in two parts, then a text that cites",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([
      ...created,
      added(0, { id: "rs_1", type: "reasoning", summary: [] }),
      { type: "response.reasoning_summary_part.added", output_index: 0, summary_index: 0, item_id: "rs_1", part: {} },
      {
        type: "response.reasoning_summary_text.delta",
        output_index: 0,
        summary_index: 0,
        item_id: "rs_1",
        delta: "Hm",
      },
      { type: "response.reasoning_summary_text.done", output_index: 0, summary_index: 0, item_id: "rs_1", text: "Hm" },
      { type: "response.reasoning_summary_part.done", output_index: 0, summary_index: 0, item_id: "rs_1", part: {} },
      { type: "response.reasoning_summary_part.added", output_index: 0, summary_index: 1, item_id: "rs_1", part: {} },
      {
        type: "response.reasoning_summary_text.delta",
        output_index: 0,
        summary_index: 1,
        item_id: "rs_1",
        delta: "Ah",
      },
      done(0, {
        id: "rs_1",
        type: "reasoning",
        encrypted_content: "gAAA",
        summary: [
          { type: "summary_text", text: "Hm" },
          { type: "summary_text", text: "Ah" },
        ],
      }),
      added(1, { ...message([]), status: "in_progress" }),
      { type: "response.content_part.added", output_index: 1, content_index: 0, item_id: "msg_1", part: text("") },
      { type: "response.output_text.delta", output_index: 1, content_index: 0, delta: "Blue [1].", obfuscation: "x" },
      {
        type: "response.output_text.annotation.added",
        output_index: 1,
        content_index: 0,
        annotation_index: 0,
        annotation: { type: "url_citation", url: "https://a.example", title: "A", start_index: 5, end_index: 8 },
      },
      { type: "response.output_text.done", output_index: 1, content_index: 0, text: "Blue [1]." },
      { type: "response.content_part.done", output_index: 1, content_index: 0, part: text("Blue [1].") },
      done(1, message([text("Blue [1].")])),
      end("completed"),
    ]),
    says: { text: "Blue [1].", reasoning: "Hm\n\nAh", cites: ["https://a.example"], finish: "stop", usage: counted },
  },
  {
    name: "tools that the vendor runs itself, before the text",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([
      ...created,
      ...SERVER_TOOLS,
      added(6, { ...message([]), status: "in_progress" }),
      { type: "response.output_text.delta", output_index: 6, content_index: 0, delta: "Blue." },
      done(6, message([text("Blue.")])),
      end("completed", {
        output: [
          { id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search", query: "sky" } },
          { id: "fs_1", type: "file_search_call", status: "completed", queries: ["sky"] },
        ],
      }),
    ]),
    says: { text: "Blue.", finish: "stop", usage: { ...counted, webSearches: 1, fileSearches: 1 } },
  },
  {
    name: "two calls at once, whose events come mixed",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([
      ...created,
      added(0, { id: "fc_1", type: "function_call", call_id: "a", name: "get_weather", arguments: "" }),
      added(1, { id: "fc_2", type: "function_call", call_id: "b", name: "get_time", arguments: "" }),
      { type: "response.function_call_arguments.delta", output_index: 0, item_id: "fc_1", delta: '{"city":' },
      { type: "response.function_call_arguments.delta", output_index: 1, item_id: "fc_2", delta: "{}" },
      { type: "response.function_call_arguments.delta", output_index: 0, item_id: "fc_1", delta: '"Paris"}' },
      { type: "response.function_call_arguments.done", output_index: 1, item_id: "fc_2", arguments: "{}" },
      done(1, { id: "fc_2", type: "function_call", call_id: "b", name: "get_time", arguments: "{}" }),
      {
        type: "response.function_call_arguments.done",
        output_index: 0,
        item_id: "fc_1",
        arguments: '{"city":"Paris"}',
      },
      done(0, { id: "fc_1", type: "function_call", call_id: "a", name: "get_weather", arguments: '{"city":"Paris"}' }),
      end("completed"),
    ]),
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
    name: "a custom tool's free text",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([
      ...created,
      added(0, { id: "ctc_1", type: "custom_tool_call", call_id: "a", name: "sql", input: "" }),
      { type: "response.custom_tool_call_input.delta", output_index: 0, item_id: "ctc_1", delta: "SELECT" },
      { type: "response.custom_tool_call_input.delta", output_index: 0, item_id: "ctc_1", delta: " 1" },
      { type: "response.custom_tool_call_input.done", output_index: 0, item_id: "ctc_1", input: "SELECT 1" },
      done(0, { id: "ctc_1", type: "custom_tool_call", call_id: "a", name: "sql", input: "SELECT 1" }),
      end("completed"),
    ]),
    says: { calls: [["sql", "SELECT 1"]], finish: "tool_calls", usage: counted },
  },
  {
    name: "a refusal",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([
      ...created,
      added(0, { ...message([]), status: "in_progress" }),
      {
        type: "response.content_part.added",
        output_index: 0,
        content_index: 0,
        part: { type: "refusal", refusal: "" },
      },
      { type: "response.refusal.delta", output_index: 0, content_index: 0, delta: "No." },
      { type: "response.refusal.done", output_index: 0, content_index: 0, refusal: "No." },
      done(0, message([{ type: "refusal", refusal: "No." }])),
      end("completed"),
    ]),
    says: { refusal: "No.", finish: "refusal", usage: counted },
  },
  {
    name: "open reasoning of an open model, a message told at its end only",
    provider: "openai-responses",
    source: "docs.vllm.ai, Responses API",
    frames: numbered([
      ...created,
      added(0, { id: "rs_1", type: "reasoning", summary: [], content: null }),
      { type: "response.reasoning_text.delta", output_index: 0, content_index: 0, delta: "Hm." },
      { type: "response.reasoning_text.done", output_index: 0, content_index: 0, text: "Hm." },
      done(0, { id: "rs_1", type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "Hm." }] }),
      done(1, message([text("Blue.")])),
      end("completed"),
    ]),
    says: { text: "Blue.", reasoning: "Hm.", finish: "stop", usage: counted },
  },
  {
    name: "an answer that only its last event holds",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([...created, end("completed", { output: [message([text("Blue.")])] })]),
    says: { text: "Blue.", finish: "stop", usage: counted },
  },
  {
    name: "an answer cut short, and one that was filtered",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([
      ...created,
      added(0, { ...message([]), status: "in_progress" }),
      { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Bl" },
      done(0, { ...message([text("Bl")]), status: "incomplete" }),
      end("incomplete", { incomplete_details: { reason: "max_output_tokens" } }),
    ]),
    says: { text: "Bl", finish: "length", usage: counted },
  },
  {
    name: "an answer that a filter withheld, whole",
    provider: "openai-responses",
    source: "platform.openai.com/docs/api-reference/responses/object",
    body: {
      ...RESPONSE,
      status: "incomplete",
      incomplete_details: { reason: "content_filter" },
      output: [message([text("Bl")])],
      usage,
    },
    says: { text: "Bl", finish: "content_filter", usage: counted },
  },
  {
    name: "files that are cited",
    provider: "openai-responses",
    source: "platform.openai.com/docs/guides/tools-file-search",
    body: {
      ...RESPONSE,
      status: "completed",
      output: [
        message([
          text("Blue.", [
            { type: "file_citation", file_id: "file-1", filename: "sky.pdf", index: 4 },
            {
              type: "container_file_citation",
              container_id: "c",
              file_id: "f",
              filename: "plot.png",
              start_index: 0,
              end_index: 4,
            },
            { type: "file_path", file_id: "f", index: 0 },
          ]),
        ]),
      ],
      usage,
    },
    says: { text: "Blue.", cites: ["", ""], finish: "stop", usage: counted },
  },
  {
    name: "a response that failed",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([
      ...created,
      end("failed", { error: { code: "rate_limit_exceeded", message: "Rate limit reached" }, usage: null }),
    ]),
    says: { fault: "rate_limited" },
  },
  {
    name: "a response that failed over a picture",
    provider: "openai-responses",
    source: "platform.openai.com/docs/api-reference/responses/object",
    body: { ...RESPONSE, status: "failed", error: { code: "invalid_image_format", message: "not a picture" } },
    says: { fault: "invalid_request" },
  },
  {
    name: "an error event",
    provider: "openai-responses",
    source: SOURCE,
    frames: numbered([...created, { type: "error", code: "server_error", message: "oops", param: null }]),
    says: { fault: "server_error" },
  },
];
