import { sse, type WireSamples } from "./samples.ts";

const usageMetadata = {
  promptTokenCount: 20,
  cachedContentTokenCount: 8,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 3,
  totalTokenCount: 28,
};
const answer = (parts: readonly object[], finishReason?: string) => ({
  candidates: [{ content: { role: "model", parts }, ...(finishReason ? { finishReason } : {}), index: 0 }],
  usageMetadata,
  modelVersion: "m",
  responseId: "r1",
});

/** `generateContent` and `streamGenerateContent?alt=sse` */
export const geminiSamples: WireSamples = {
  text: {
    body: answer([{ text: "The sky is blue." }], "STOP"),
    stream: sse(answer([{ text: "The sky" }]), answer([{ text: " is blue." }]), answer([{ text: "" }], "STOP")),
    usage: [12, 8, 8, 3],
  },
  tools: {
    body: answer(
      [
        { functionCall: { name: "get_weather", args: { city: "Paris" } }, thoughtSignature: "c2ln" },
        { functionCall: { name: "get_time", args: {} } },
      ],
      "STOP",
    ),
    stream: sse(
      answer([{ functionCall: { name: "get_weather", args: { city: "Paris" } }, thoughtSignature: "c2ln" }]),
      answer([{ functionCall: { name: "get_time", args: {} } }]),
      answer([{ text: "" }], "STOP"),
    ),
    usage: [12, 8, 8, 3],
  },
  reasoning: {
    text: "Sky: blue?",
    body: answer(
      [
        { text: "Sky: blue?", thought: true },
        { text: "Blue.", thoughtSignature: "c2ln" },
      ],
      "STOP",
    ),
    stream: sse(
      answer([{ text: "Sky:", thought: true }]),
      answer([{ text: " blue?", thought: true }]),
      answer([{ text: "Blue." }]),
      answer([{ text: "", thoughtSignature: "c2ln" }], "STOP"),
    ),
    usage: [12, 8, 8, 3],
  },
  faults: [
    fault(400, "INVALID_ARGUMENT", "Invalid value at 'contents'", "invalid_request"),
    {
      status: 400,
      body: JSON.stringify({
        error: {
          code: 400,
          message: "API key not valid. Please pass a valid API key.",
          status: "INVALID_ARGUMENT",
          details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }],
        },
      }),
      kind: "authentication",
    },
    fault(
      400,
      "INVALID_ARGUMENT",
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      "context_length",
    ),
    fault(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", "authentication"),
    fault(403, "PERMISSION_DENIED", "Permission denied", "permission"),
    fault(404, "NOT_FOUND", "models/nope is not found", "not_found"),
    {
      status: 429,
      body: JSON.stringify([
        {
          error: {
            code: 429,
            message: "You exceeded your current quota",
            status: "RESOURCE_EXHAUSTED",
            details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7s" }],
          },
        },
      ]),
      kind: "rate_limited",
      retryAfterMs: 7000,
    },
    fault(500, "INTERNAL", "An internal error has occurred", "server_error"),
    fault(503, "UNAVAILABLE", "The model is overloaded", "overloaded"),
    fault(504, "DEADLINE_EXCEEDED", "Deadline expired", "timeout"),
  ],
  brokenOff: {
    stream: sse(answer([{ text: "The" }]), {
      error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" },
    }),
    kind: "overloaded",
  },
};

function fault(code: number, status: string, message: string, kind: WireSamples["faults"][number]["kind"]) {
  return { status: code, body: JSON.stringify({ error: { code, message, status } }), kind };
}
