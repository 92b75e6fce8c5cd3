import { both, CHUNK, call, chunk, usage, whole } from "./chat-frames.ts";
import type { Documented } from "./documented.ts";

/** Vendors of the chat format, each with what sets it apart. */
export const CHAT_VENDORS: readonly Documented[] = [
  {
    name: "DeepSeek's thoughts, its own count of cached tokens, and its lack of resources",
    provider: "deepseek",
    source: "api-docs.deepseek.com/api/create-chat-completion",
    frames: [
      chunk({ role: "assistant", content: null, reasoning_content: "Hm" }),
      chunk({ content: null, reasoning_content: "." }),
      chunk({ content: "Pa", reasoning_content: null }),
      chunk({ content: "" }, "insufficient_system_resource", {
        usage: {
          ...usage,
          prompt_cache_hit_tokens: 4,
          prompt_cache_miss_tokens: 6,
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      }),
      "[DONE]",
    ],
    says: {
      text: "Pa",
      reasoning: "Hm.",
      fault: "overloaded",
    },
  },
  {
    name: "DeepSeek's lack of resources before a word",
    provider: "deepseek",
    source: "api-docs.deepseek.com/api/create-chat-completion",
    frames: [chunk({ role: "assistant", content: "" }), chunk({}, "insufficient_system_resource"), "[DONE]"],
    says: { fault: "overloaded" },
  },
  {
    name: "Groq's reasoning, with its usage in a field of its own",
    provider: "groq",
    source: "console.groq.com/docs/reasoning",
    frames: [
      { ...chunk({ role: "assistant", content: "" }), x_groq: { id: "req_1", seed: 7 } },
      chunk({ reasoning: "Hm.", channel: "analysis" }),
      chunk({ content: "Blue." }),
      { ...chunk({}, "stop"), x_groq: { id: "req_1", usage: { queue_time: 0.01, ...usage, total_time: 0.2 } } },
      "[DONE]",
    ],
    says: { text: "Blue.", reasoning: "Hm.", finish: "stop", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "Groq's reason why a stream stopped early",
    provider: "groq",
    source: "console.groq.com/docs/api-reference",
    frames: [
      chunk({ role: "assistant", content: "Bl" }),
      { ...chunk({}), x_groq: { id: "r", error: "over capacity" } },
    ],
    says: { text: "Bl", fault: "server_error" },
  },
  {
    name: "Mistral's content in chunks, thinking among them, cut by the model's own length",
    provider: "mistral",
    source: "docs.mistral.ai/capabilities/reasoning",
    frames: [
      chunk({ role: "assistant", content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }] }),
      chunk({ content: [{ type: "thinking", thinking: [{ type: "reference", reference_ids: [1] }], closed: true }] }),
      chunk({
        content: [
          { type: "text", text: "Bl" },
          { type: "reference", reference_ids: [1, 2] },
        ],
      }),
      chunk({ content: "ue" }, "model_length", { usage, p: "abc" }),
      "[DONE]",
    ],
    says: { text: "Blue", reasoning: "Hm.", finish: "length", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "Mistral's answer that ends as an error, whole",
    provider: "mistral",
    source: "docs.mistral.ai/api",
    body: whole({ content: "" }, "error", { usage }),
    says: { fault: "server_error" },
  },
  {
    name: "xAI's reasoning counted beside the answer, its sources in the last chunk",
    provider: "xai",
    source: "docs.x.ai/docs/guides/reasoning",
    frames: [
      chunk({ role: "assistant", reasoning_content: "Hm." }),
      chunk({ content: "Blue." }),
      chunk({}, "stop", { citations: ["https://a.example", "https://b.example"] }),
      {
        ...CHUNK,
        choices: [],
        usage: {
          prompt_tokens: 32,
          completion_tokens: 9,
          total_tokens: 135,
          prompt_tokens_details: { text_tokens: 32, audio_tokens: 0, image_tokens: 0, cached_tokens: 6 },
          completion_tokens_details: { reasoning_tokens: 94, audio_tokens: 0 },
          num_sources_used: 2,
        },
      },
      "[DONE]",
    ],
    says: {
      text: "Blue.",
      reasoning: "Hm.",
      cites: ["https://a.example", "https://b.example"],
      finish: "stop",
      // 135 = 32 + 9 + 94
      usage: { inputUncached: 26, cacheRead: 6, output: 103, reasoning: 94 },
    },
  },
  {
    name: "xAI's sources behind the chunk that says why it ended",
    provider: "xai",
    source: "docs.x.ai/docs/guides/live-search",
    frames: [
      chunk({ role: "assistant", content: "Blue." }),
      chunk({}, "stop"),
      { ...CHUNK, choices: [], usage, citations: ["https://a.example"] },
      "[DONE]",
    ],
    says: { text: "Blue.", cites: ["https://a.example"], finish: "stop", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "Perplexity's sources in a chunk of their own behind the end",
    provider: "perplexity",
    source: "docs.perplexity.ai/guides/streaming",
    frames: [
      chunk({ role: "assistant", content: "Blue." }),
      chunk({ content: "" }, "stop"),
      { ...CHUNK, choices: [], search_results: [{ title: "A", url: "https://a.example" }] },
      { ...CHUNK, choices: [], usage },
    ],
    says: { text: "Blue.", cites: ["https://a.example"], finish: "stop", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "Mistral's answer that breaks off amid its words",
    provider: "mistral",
    source: "docs.mistral.ai/api",
    frames: [chunk({ role: "assistant", content: "Bl" }), chunk({ content: "" }, "error", { usage }), "[DONE]"],
    says: { text: "Bl", fault: "server_error" },
  },
  {
    name: "Together's bare log-probability, token ids and cached tokens",
    provider: "together",
    source: "docs.together.ai/reference/chat-completions",
    frames: [
      { ...CHUNK, choices: [{ index: 0, text: "Bl", logprobs: -0.5, delta: { token_id: 7, content: "Bl" } }] },
      {
        ...CHUNK,
        choices: [{ index: 0, text: "ue", logprobs: null, seed: 9, delta: { content: "ue" }, finish_reason: "eos" }],
        usage: { ...usage, cached_tokens: 3 },
      },
      "[DONE]",
    ],
    says: { text: "Blue", finish: "stop", usage: { inputUncached: 7, cacheRead: 3, output: 5 } },
  },
  {
    name: "Fireworks' answer with its measures beside it",
    provider: "fireworks",
    source: "docs.fireworks.ai/api-reference/post-chatcompletions",
    body: whole({ content: "Blue.", reasoning_content: "Hm." }, "stop", {
      usage: { ...usage, prompt_tokens_details: { cached_tokens: 2 } },
      perf_metrics: { "prompt-tokens": "10" },
    }),
    says: {
      text: "Blue.",
      reasoning: "Hm.",
      finish: "stop",
      usage: { inputUncached: 8, cacheRead: 2, output: 5 },
    },
  },
  {
    name: "OpenRouter's comments, and reasoning that is said twice",
    provider: "openrouter",
    source: "openrouter.ai/docs/api-reference/streaming",
    frames: [
      ": OPENROUTER PROCESSING",
      {
        ...CHUNK,
        provider: "Anthropic",
        choices: [
          {
            index: 0,
            delta: {
              role: "assistant",
              content: "",
              reasoning: "Hm.",
              reasoning_details: [{ type: "reasoning.text", text: "Hm.", format: "anthropic-claude-v1", index: 0 }],
            },
            finish_reason: null,
            native_finish_reason: null,
            logprobs: null,
          },
        ],
      },
      ": OPENROUTER PROCESSING",
      {
        ...CHUNK,
        choices: [{ index: 0, delta: { content: "Blue." }, finish_reason: null, native_finish_reason: null }],
      },
      {
        ...CHUNK,
        choices: [{ index: 0, delta: { content: "" }, finish_reason: "stop", native_finish_reason: "end_turn" }],
      },
      {
        ...CHUNK,
        choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
        usage: { ...usage, cost: 0.00014, is_byok: false, cost_details: { upstream_inference_cost: null } },
      },
      "[DONE]",
    ],
    says: { text: "Blue.", reasoning: "Hm.", finish: "stop", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "OpenRouter's fault amid a stream",
    provider: "openrouter",
    source: "openrouter.ai/docs/api-reference/errors",
    frames: [
      chunk({ role: "assistant", content: "Bl" }),
      {
        ...CHUNK,
        error: { code: 429, message: "Provider is over its limit", metadata: { provider_name: "X" } },
        choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }],
      },
    ],
    says: { text: "Bl", fault: "rate_limited" },
  },
  {
    name: "OpenRouter's fault in a choice",
    provider: "openrouter",
    source: "openrouter.ai/docs/api-reference/overview",
    body: {
      id: "gen-1",
      model: "m",
      choices: [
        {
          error: { code: 502, message: "Provider returned error" },
          message: { role: "assistant", content: "" },
          finish_reason: "error",
        },
      ],
    },
    says: { fault: "server_error" },
  },
  {
    name: "OpenRouter's fault in an answer of status 200",
    provider: "openrouter",
    source: "openrouter.ai/docs/api-reference/errors",
    body: { error: { code: 402, message: "Insufficient credits" }, user_id: "user_1" },
    says: { fault: "insufficient_quota" },
  },
  {
    name: "Perplexity's sources, and its thoughts counted beside",
    provider: "perplexity",
    source: "docs.perplexity.ai/api-reference/chat-completions-post",
    body: whole({ content: "Blue." }, "stop", {
      citations: ["https://a.example"],
      search_results: [{ title: "A", url: "https://a.example", date: "2026-01-01" }],
      usage: {
        prompt_tokens: 33,
        completion_tokens: 7163,
        total_tokens: 7196,
        citation_tokens: 20016,
        num_search_queries: 18,
        reasoning_tokens: 73997,
        search_context_size: "low",
        cost: { total_cost: 0.5 },
      },
    }),
    says: {
      text: "Blue.",
      cites: ["https://a.example"],
      finish: "stop",
      // More thoughts than answer: they cannot lie within it.
      usage: { inputUncached: 33, output: 81_160, reasoning: 73_997 },
    },
  },
  {
    name: "Moonshot's usage within the last choice",
    provider: "moonshot",
    source: "platform.moonshot.ai/docs/api/chat",
    frames: [
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning_content: "Hm." }),
      chunk({ content: "Blue." }),
      {
        ...CHUNK,
        choices: [{ index: 0, delta: {}, finish_reason: "stop", usage: { ...usage, cached_tokens: 4 } }],
      },
      "[DONE]",
    ],
    says: {
      text: "Blue.",
      reasoning: "Hm.",
      finish: "stop",
      usage: { inputUncached: 6, cacheRead: 4, output: 5 },
    },
  },
  {
    name: "Ollama's calls, all under the index 0, and vLLM's two names of one thought",
    provider: "ollama",
    source: "docs.ollama.com/api/openai-compatibility",
    frames: [
      chunk({ role: "assistant", content: "", reasoning: "Hm.", reasoning_content: "" }),
      chunk({ role: "assistant", content: "", tool_calls: [call(0, "a", "get_weather", '{"city":"Paris"}')] }),
      chunk({ role: "assistant", content: "", tool_calls: [call(0, "b", "get_time", "{}")] }),
      chunk({ role: "assistant", content: "" }, "tool_calls"),
      { ...CHUNK, choices: [], usage },
      "[DONE]",
    ],
    says: { reasoning: "Hm.", calls: both, finish: "tool_calls", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "Google's endpoint of the format, which says why behind a colon",
    provider: "openai-compatible",
    source: "ai.google.dev/gemini-api/docs/openai",
    body: whole({ content: "Bl" }, "content_filter: RECITATION", { usage }),
    says: { text: "Bl", finish: "content_filter", usage: { inputUncached: 10, output: 5 } },
  },
  {
    name: "a fault as a stream's only frame, of a server that had said 200",
    provider: "vllm",
    source: "docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
    frames: [{ object: "error", message: "EngineCore died", type: "InternalServerError", param: null, code: 500 }],
    says: { fault: "server_error" },
  },
];
