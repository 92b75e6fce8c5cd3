import { both, CHUNK, call, chunk, usage, whole } from "./chat-frames.ts";
import type { Documented } from "./documented.ts";

const OPENAI = "platform.openai.com/docs/api-reference/chat";

export const OPENAI_CHAT: readonly Documented[] = [
  {
    name: "a refusal in deltas, obfuscated, usage in a last chunk",
    provider: "openai",
    source: `${OPENAI}-streaming`,
    frames: [
      chunk({ role: "assistant", content: null, refusal: null }, null, { obfuscation: "aB3" }),
      chunk({ refusal: "I can't " }, null, { obfuscation: "xYz12" }),
      chunk({ refusal: "help." }),
      chunk({}, "stop"),
      { ...CHUNK, choices: [], usage },
      "[DONE]",
    ],
    says: { refusal: "I can't help.", finish: "refusal", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "parallel calls in turns, whose pieces come mixed",
    provider: "openai-compatible",
    source: `${OPENAI}-streaming`,
    frames: [
      chunk({ role: "assistant", tool_calls: [call(0, "a", "get_weather", ""), call(1, "b", "get_time", "")] }),
      chunk({ tool_calls: [call(0, undefined, undefined, '{"city":')] }),
      chunk({ tool_calls: [call(1, undefined, undefined, "{")] }),
      chunk({ tool_calls: [call(0, undefined, undefined, '"Paris"}'), call(1, undefined, undefined, "}")] }),
      chunk({}, "tool_calls"),
      "[DONE]",
    ],
    says: { calls: both, finish: "tool_calls" },
  },
  {
    name: "calls whose ids and names are said again with each piece, without an index",
    provider: "openai-compatible",
    source: `${OPENAI}-streaming`,
    frames: [
      chunk({ tool_calls: [call(undefined, "a", "get_weather", '{"city":')] }),
      chunk({ tool_calls: [call(undefined, "a", "get_weather", '"Paris"}')] }),
      chunk({ tool_calls: [call(undefined, "b", "get_time", "{}")] }),
      chunk({}, "stop"),
      "[DONE]",
    ],
    says: { calls: both, finish: "tool_calls" },
  },
  {
    name: "calls said whole once more at the end, arguments as an object",
    provider: "openai-compatible",
    source: `${OPENAI}-streaming`,
    frames: [
      chunk({ tool_calls: [call(0, "a", "get_weather", '{"city":"Par')] }),
      chunk({ tool_calls: [call(0, undefined, undefined, 'is"}')] }),
      chunk({ tool_calls: [call(0, "a", "get_weather", '{"city":"Paris"}')] }),
      chunk({ tool_calls: [call(1, "b", "get_time", {})] }, "tool_calls"),
      "[DONE]",
    ],
    says: { calls: both, finish: "tool_calls" },
  },
  {
    name: "a custom tool's free text, whole",
    provider: "openai",
    source: `${OPENAI}/object`,
    body: whole(
      { content: null, tool_calls: [{ id: "c", type: "custom", custom: { name: "sql", input: "SELECT 1" } }] },
      "tool_calls",
      { usage },
    ),
    says: { calls: [["sql", "SELECT 1"]], finish: "tool_calls", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "a custom tool's free text in pieces",
    provider: "openai",
    source: `${OPENAI}-streaming`,
    frames: [
      chunk({ tool_calls: [{ index: 0, id: "c", type: "custom", custom: { name: "sql", input: "SELECT" } }] }),
      chunk({ tool_calls: [{ index: 0, custom: { input: " 1" } }] }),
      chunk({}, "tool_calls"),
      "[DONE]",
    ],
    says: { calls: [["sql", "SELECT 1"]], finish: "tool_calls" },
  },
  {
    name: "the one function of older models, in pieces",
    provider: "openai",
    source: `${OPENAI}-streaming`,
    frames: [
      chunk({ role: "assistant", content: null, function_call: { name: "get_weather", arguments: "" } }),
      chunk({ function_call: { arguments: '{"city":' } }),
      chunk({ function_call: { arguments: '"Paris"}' } }),
      chunk({}, "function_call"),
      "[DONE]",
    ],
    says: { calls: [["get_weather", '{"city":"Paris"}']], finish: "tool_calls" },
  },
  {
    name: "a search's citations, and every class of usage",
    provider: "openai",
    source: "platform.openai.com/docs/guides/tools-web-search",
    body: whole(
      {
        content: "Blue [1].",
        annotations: [
          {
            type: "url_citation",
            url_citation: { url: "https://a.example", title: "A", start_index: 5, end_index: 8 },
          },
        ],
      },
      "stop",
      {
        usage: {
          prompt_tokens: 100,
          completion_tokens: 50,
          total_tokens: 150,
          prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 30, audio_tokens: 8 },
          completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 6, accepted_prediction_tokens: 0 },
        },
        service_tier: "flex",
      },
    ),
    says: {
      text: "Blue [1].",
      cites: ["https://a.example"],
      finish: "stop",
      // 100 = 30 plain (8 of them sound) + 40 from the cache + 30 into it
      usage: {
        inputUncached: 30,
        inputAudio: 8,
        cacheRead: 40,
        cacheWrite5m: 30,
        output: 50,
        outputAudio: 6,
        reasoning: 20,
        serviceTier: "flex",
      },
    },
  },
  {
    name: "Azure's verdicts on the prompt first and on the answer last",
    provider: "azure-openai",
    source: "learn.microsoft.com/azure/ai-foundry/openai/concepts/content-streaming",
    frames: [
      {
        id: "",
        object: "",
        created: 0,
        model: "",
        choices: [],
        prompt_filter_results: [
          { prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: "safe" } } },
        ],
      },
      chunk({ role: "assistant", content: "" }, null, { content_filter_results: {} }),
      chunk({ content: "Par" }),
      chunk({}, "content_filter"),
      {
        ...CHUNK,
        choices: [
          {
            index: 0,
            finish_reason: null,
            content_filter_offsets: { check_offset: 44, start_offset: 44, end_offset: 198 },
            content_filter_results: { violence: { filtered: true, severity: "medium" } },
          },
        ],
      },
      { ...CHUNK, choices: [], usage },
      "[DONE]",
    ],
    says: { text: "Par", finish: "content_filter", usage: { inputUncached: 10, output: 5 } },
  },
];
