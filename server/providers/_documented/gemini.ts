import type { Documented } from "./documented.ts";

const SOURCE = "ai.google.dev/api/generate-content";
const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
const counted = { inputUncached: 10, output: 5 };
const frame = (parts: readonly object[], more: object = {}, beside: object = {}) => ({
  candidates: [{ content: { parts, role: "model" }, index: 0, ...more }],
  usageMetadata,
  modelVersion: "gemini-x",
  responseId: "r1",
  ...beside,
});

export const GEMINI: readonly Documented[] = [
  {
    name: "thoughts, and a proof behind the text in a part of its own",
    provider: "google",
    source: "ai.google.dev/gemini-api/docs/thought-signatures",
    frames: [
      frame([{ text: "Hm", thought: true }]),
      frame([{ text: ".", thought: true }]),
      frame([{ text: "Blue" }], { finishReason: "FINISH_REASON_UNSPECIFIED" }),
      frame([{ text: "." }]),
      frame(
        [{ text: "", thoughtSignature: "c2ln" }],
        { finishReason: "STOP" },
        {
          usageMetadata: { ...usageMetadata, thoughtsTokenCount: 7, totalTokenCount: 22 },
        },
      ),
    ],
    says: {
      text: "Blue.",
      reasoning: "Hm.",
      finish: "stop",
      // 22 = 10 + 5 + 7
      usage: { inputUncached: 10, output: 12, reasoning: 7 },
    },
  },
  {
    name: "calls with ids and one proof",
    provider: "google",
    source: "ai.google.dev/gemini-api/docs/function-calling",
    frames: [
      frame([{ functionCall: { id: "f1", name: "get_weather", args: { city: "Paris" } }, thoughtSignature: "c2ln" }]),
      frame([{ functionCall: { id: "f2", name: "get_time", args: {} } }], { finishReason: "STOP" }),
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
    name: "code that the vendor ran",
    provider: "google",
    source: "ai.google.dev/gemini-api/docs/code-execution",
    body: frame(
      [
        { text: "Let me count. " },
        { executableCode: { language: "PYTHON", code: "print(1)" } },
        { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1\n" } },
        { text: "One." },
      ],
      { finishReason: "STOP" },
      {
        usageMetadata: {
          promptTokenCount: 10,
          candidatesTokenCount: 5,
          toolUsePromptTokenCount: 20,
          totalTokenCount: 35,
          cachedContentTokenCount: 4,
        },
      },
    ),
    says: {
      text: "Let me count. One.",
      finish: "stop",
      // Input is the prompt and what the tool read: 30, 4 of them from the cache.
      usage: { inputUncached: 26, cacheRead: 4, output: 5 },
    },
  },
  {
    name: "a search whose sources grow from frame to frame, one of them without a place",
    provider: "google",
    source: "ai.google.dev/gemini-api/docs/google-search",
    frames: [
      frame([{ text: "Bläu" }], {
        groundingMetadata: { groundingChunks: [{ web: { uri: "https://a.example", title: "a.example" } }] },
      }),
      frame([{ text: "lich." }], {
        finishReason: "STOP",
        groundingMetadata: {
          webSearchQueries: ["sky"],
          searchEntryPoint: { renderedContent: "<div>" },
          groundingChunks: [
            { web: { uri: "https://a.example", title: "a.example" } },
            { retrievedContext: { uri: "https://b.example", title: "b" } },
            { maps: { uri: "https://maps.example", title: "m", placeId: "p" } },
          ],
          groundingSupports: [
            { segment: { startIndex: 0, endIndex: 10, text: "Bläulich." }, groundingChunkIndices: [0, 1] },
          ],
        },
        urlContextMetadata: { urlMetadata: [{ retrievedUrl: "https://c.example", urlRetrievalStatus: "SUCCESS" }] },
      }),
    ],
    says: {
      text: "Bläulich.",
      cites: ["https://a.example", "https://b.example", "https://maps.example"],
      finish: "stop",
      usage: counted,
    },
  },
  {
    name: "what the model quotes",
    provider: "google",
    source: `${SOURCE}#citationmetadata`,
    body: frame([{ text: "To be or not to be" }], {
      finishReason: "STOP",
      citationMetadata: { citationSources: [{ startIndex: 0, endIndex: 5, uri: "https://a.example", license: "mit" }] },
      safetyRatings: [{ category: "HARM_CATEGORY_HARASSMENT", probability: "NEGLIGIBLE" }],
      avgLogprobs: -0.1,
    }),
    says: { text: "To be or not to be", cites: ["https://a.example"], finish: "stop", usage: counted },
  },
  {
    name: "what Vertex's model quotes, its thoughts counted within the answer",
    provider: "vertex",
    source: "docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference",
    body: frame(
      [{ text: "To be" }],
      {
        finishReason: "STOP",
        citationMetadata: { citations: [{ startIndex: 0, endIndex: 5, uri: "https://a.example", title: "A" }] },
      },
      {
        createTime: "2026-01-01T00:00:00Z",
        usageMetadata: {
          promptTokenCount: 10,
          candidatesTokenCount: 12,
          thoughtsTokenCount: 7,
          totalTokenCount: 22,
          trafficType: "ON_DEMAND",
          promptTokensDetails: [
            { modality: "TEXT", tokenCount: 4 },
            { modality: "AUDIO", tokenCount: 6 },
          ],
          candidatesTokensDetails: [{ modality: "TEXT", tokenCount: 5 }],
        },
      },
    ),
    says: {
      text: "To be",
      cites: ["https://a.example"],
      finish: "stop",
      usage: { inputUncached: 10, inputAudio: 6, output: 12, reasoning: 7 },
    },
  },
  ...["SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"].map(
    (finishReason): Documented => ({
      name: `an answer that ${finishReason} ended`,
      provider: "google",
      source: `${SOURCE}#FinishReason`,
      frames: [frame([{ text: "Bl" }]), { candidates: [{ finishReason, index: 0 }], usageMetadata }],
      says: { text: "Bl", finish: "content_filter", usage: counted },
    }),
  ),
  ...["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "OTHER", "IMAGE_OTHER", "NO_IMAGE"].map(
    (finishReason): Documented => ({
      name: `an answer that ${finishReason} kept from being`,
      provider: "google",
      source: `${SOURCE}#FinishReason`,
      body: { candidates: [{ finishReason, finishMessage: "why", index: 0 }], usageMetadata },
      says: { fault: "bad_response" },
    }),
  ),
  {
    name: "an answer cut short",
    provider: "google",
    source: `${SOURCE}#FinishReason`,
    frames: [frame([{ text: "Bl" }], { finishReason: "MAX_TOKENS" })],
    says: { text: "Bl", finish: "length", usage: counted },
  },
  ...["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "JAILBREAK", "MODEL_ARMOR"].map(
    (blockReason): Documented => ({
      name: `a prompt that ${blockReason} blocked`,
      provider: "google",
      source: `${SOURCE}#BlockReason`,
      frames: [{ promptFeedback: { blockReason }, usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 } }],
      says: { fault: "content_policy" },
    }),
  ),
  {
    name: "an error amid the stream",
    provider: "google",
    source: "ai.google.dev/gemini-api/docs/troubleshooting",
    frames: [
      frame([{ text: "Bl" }]),
      { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } },
    ],
    says: { text: "Bl", fault: "overloaded" },
  },
  {
    name: "an error in an answer of status 200",
    provider: "google",
    source: "ai.google.dev/gemini-api/docs/troubleshooting",
    body: { error: { code: 429, message: "Quota exceeded", status: "RESOURCE_EXHAUSTED" } },
    says: { fault: "rate_limited" },
  },
];
