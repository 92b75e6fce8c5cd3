import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import type { FinishReason } from "../../chat.ts";
import type { Json } from "./heard.ts";

/** What a vendor's own client made of an answer, put into one form. */
export interface ClientHeard {
  readonly text: string;
  readonly calls: readonly (readonly [name: string, args: unknown])[];
  readonly reasoning: string;
  /** Links that the text cites. */
  readonly cites: readonly string[];
  readonly finish: string;
  readonly input: number;
  readonly output: number;
}

/** A vendor's own client before the bytes of one answer. */
export interface Ears {
  /** @throws the client's error */
  readonly whole: (body: string) => Promise<ClientHeard>;
  /** Through the client's own accumulator of streams. @throws the client's error */
  readonly stream: (body: string) => Promise<ClientHeard>;
  /** What the dialect says for each way to end. */
  readonly finishes: Readonly<Record<FinishReason, string>>;
  /** Whether a refusal is told as text. */
  readonly refusesInText: boolean;
}

/** A network of one answer. */
function answering(body: string, type: string): typeof fetch {
  return async () => new Response(body, { status: 200, headers: { "content-type": type } });
}

const MESSAGES = [{ role: "user" as const, content: "hi" }];
const openai = (body: string, type: string) => new OpenAI({ apiKey: "k", maxRetries: 0, fetch: answering(body, type) });
const anthropic = (body: string, type: string) =>
  new Anthropic({ apiKey: "k", maxRetries: 0, fetch: answering(body, type) });
const JSON_TYPE = "application/json";
const SSE_TYPE = "text/event-stream";

function argsOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function linksOf(citations: readonly Json[]): string[] {
  return citations.flatMap(({ url }) => (url ? [url] : []));
}

function hearCompletion({ choices, usage }: Json): ClientHeard {
  const { message, finish_reason: finish } = choices[0];
  return {
    text: (message.content ?? "") + (message.refusal ?? ""),
    calls: (message.tool_calls ?? []).map((call: Json) => [call.function.name, argsOf(call.function.arguments)]),
    reasoning: message.reasoning_content ?? "",
    cites: linksOf((message.annotations ?? []).map((each: Json) => each.url_citation)),
    finish,
    input: usage?.prompt_tokens ?? 0,
    output: usage?.completion_tokens ?? 0,
  };
}

/** The helper keeps the last piece only of a field that it does not know, so reasoning is gathered beside it. */
async function hearCompletionStream(body: string): Promise<ClientHeard> {
  const helper = openai(body, SSE_TYPE).chat.completions.stream(CHAT);
  let reasoning = "";
  helper.on("chunk", ({ choices }: Json) => {
    reasoning += choices[0]?.delta.reasoning_content ?? "";
  });
  return { ...hearCompletion(await helper.finalChatCompletion()), reasoning };
}

function hearResponse({ output, status, usage }: Json): ClientHeard {
  const ofType = (type: string) => output.filter((item: Json) => item.type === type);
  const contents = ofType("message").flatMap((item: Json) => item.content);
  const summaries = ofType("reasoning").flatMap((item: Json) => item.summary);
  return {
    text: contents.map((part: Json) => part.text ?? part.refusal).join(""),
    calls: ofType("function_call").map((item: Json) => [item.name, argsOf(item.arguments)]),
    reasoning: summaries.map((part: Json) => part.text).join(""),
    cites: linksOf(contents.flatMap((part: Json) => part.annotations ?? [])),
    finish: status,
    input: usage.input_tokens,
    output: usage.output_tokens,
  };
}

function hearMessage({ content, stop_reason: finish, usage }: Json): ClientHeard {
  const ofType = (type: string) => content.filter((block: Json) => block.type === type);
  return {
    text: ofType("text")
      .map((block: Json) => block.text)
      .join(""),
    calls: ofType("tool_use").map((block: Json) => [block.name, block.input]),
    reasoning: ofType("thinking")
      .map((block: Json) => block.thinking)
      .join(""),
    cites: linksOf(ofType("text").flatMap((block: Json) => block.citations ?? [])),
    finish,
    input: usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
    output: usage.output_tokens,
  };
}

function hearCandidates(answers: readonly Json[]): ClientHeard {
  const candidates = answers.flatMap((answer) => answer.candidates ?? []);
  const parts = candidates.flatMap((candidate: Json) => candidate.content?.parts ?? []);
  const texts = (isThought: boolean) =>
    parts.map((part: Json) => (part.text && (part.thought === true) === isThought ? part.text : "")).join("");
  const usage = answers.findLast((answer) => answer.usageMetadata)?.usageMetadata ?? {};
  return {
    text: texts(false),
    calls: parts.flatMap((part: Json) => (part.functionCall ? [[part.functionCall.name, part.functionCall.args]] : [])),
    reasoning: texts(true),
    cites: linksOf(
      candidates.flatMap((each: Json) =>
        (each.groundingMetadata?.groundingChunks ?? []).map((chunk: Json) => ({ url: chunk.web.uri })),
      ),
    ),
    finish: candidates.findLast((candidate: Json) => candidate.finishReason)?.finishReason,
    input: usage.promptTokenCount ?? 0,
    output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
  };
}

/** Google's client knows no fetch of its own: the world's is replaced until the answer is read. */
async function withFetch<Result>(fetch: typeof globalThis.fetch, run: () => Promise<Result>): Promise<Result> {
  const own = globalThis.fetch;
  globalThis.fetch = fetch;
  try {
    return await run();
  } finally {
    globalThis.fetch = own;
  }
}

const GEMINI_CALL = { model: "m", contents: "hi" };
const CHAT = { model: "m", messages: MESSAGES };
const MESSAGE = { model: "m", max_tokens: 10, messages: MESSAGES };

export const EARS: Readonly<Record<string, Ears>> = {
  "openai-chat": {
    whole: async (body) => hearCompletion(await openai(body, JSON_TYPE).chat.completions.create(CHAT)),
    stream: hearCompletionStream,
    finishes: {
      stop: "stop",
      stop_sequence: "stop",
      length: "length",
      tool_calls: "tool_calls",
      content_filter: "content_filter",
      refusal: "content_filter",
      pause: "stop",
      error: "stop",
    },
    refusesInText: false,
  },
  "openai-responses": {
    whole: async (body) => hearResponse(await openai(body, JSON_TYPE).responses.create({ model: "m", input: "hi" })),
    stream: async (body) =>
      hearResponse(await openai(body, SSE_TYPE).responses.stream({ model: "m", input: "hi" }).finalResponse()),
    finishes: {
      stop: "completed",
      stop_sequence: "completed",
      length: "incomplete",
      tool_calls: "completed",
      content_filter: "incomplete",
      refusal: "incomplete",
      pause: "completed",
      error: "completed",
    },
    refusesInText: false,
  },
  "anthropic-messages": {
    whole: async (body) => hearMessage(await anthropic(body, JSON_TYPE).messages.create(MESSAGE)),
    stream: async (body) => hearMessage(await anthropic(body, SSE_TYPE).messages.stream(MESSAGE).finalMessage()),
    finishes: {
      stop: "end_turn",
      stop_sequence: "stop_sequence",
      length: "max_tokens",
      tool_calls: "tool_use",
      content_filter: "refusal",
      refusal: "refusal",
      pause: "pause_turn",
      error: "end_turn",
    },
    refusesInText: true,
  },
  gemini: {
    whole: (body) =>
      withFetch(answering(body, JSON_TYPE), async () =>
        hearCandidates([await new GoogleGenAI({ apiKey: "k" }).models.generateContent(GEMINI_CALL)]),
      ),
    stream: (body) =>
      withFetch(answering(body, SSE_TYPE), async () => {
        const answers: Json[] = [];
        for await (const answer of await new GoogleGenAI({ apiKey: "k" }).models.generateContentStream(GEMINI_CALL)) {
          answers.push(answer);
        }
        return hearCandidates(answers);
      }),
    finishes: {
      stop: "STOP",
      stop_sequence: "STOP",
      length: "MAX_TOKENS",
      tool_calls: "STOP",
      content_filter: "SAFETY",
      refusal: "SAFETY",
      pause: "STOP",
      error: "OTHER",
    },
    refusesInText: true,
  },
};
