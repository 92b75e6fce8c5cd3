import type { Dialect } from "../../dialect.ts";
import { hearAnthropic } from "./hear-anthropic.ts";
import { hearGemini } from "./hear-gemini.ts";
import { hearOpenAiChat } from "./hear-openai-chat.ts";
import { hearOpenAiCompletions } from "./hear-openai-completions.ts";
import { hearResponses } from "./hear-responses.ts";
import type { Heard, Json } from "./heard.ts";

/** What the conformance suite must know of a dialect to play its client. */
export interface Voice {
  /** The smallest request. */
  readonly hello: object;
  readonly path: { readonly model: string | null; readonly stream: boolean | null };
  /** A strict client: reads a stream, throws at the first broken rule. */
  readonly hear: (text: string, wantsUsage: boolean) => Heard;
  /** The next request of a client that gives the answer back as it came; null where the dialect has no history. */
  readonly echo: ((answer: Json) => object) | null;
  readonly hasRefusals: boolean;
  /** Arguments that are no JSON object go along as one, within `arguments`. */
  readonly wrapsArguments: boolean;
  /** Provider whose wire format this is; null when there is none. */
  readonly provider: string | null;
  /** Bodies that must be refused, with the place that the refusal names. */
  readonly bad: readonly (readonly [body: unknown, place: string])[];
}

const IN_BODY = { model: null, stream: null };
const IN_URL = { model: "some-model", stream: false };
const hi = { role: "user", content: "hi" };

const gemini: Voice = {
  hello: { contents: [{ role: "user", parts: [{ text: "hi" }] }] },
  path: IN_URL,
  hear: hearGemini,
  echo: (answer) => ({
    contents: [{ parts: [{ text: "hi" }] }, answer["candidates"]![0]!["content"], { parts: [{ text: "go on" }] }],
  }),
  hasRefusals: false,
  wrapsArguments: true,
  provider: "google",
  bad: [
    [{}, "contents"],
    [{ contents: [] }, "contents"],
    [{ contents: [{ role: "assistant", parts: [] }] }, "contents.0.role"],
    [{ contents: [{ parts: [{ text: 1 }] }] }, "contents.0.parts.0.text"],
    [{ contents: [{ parts: [{ functionCall: { args: {} } }] }] }, "contents.0.parts.0.functionCall.name"],
    [{ contents: [{ parts: [] }], generation_config: { top_p: 7 } }, "generationConfig.topP"],
  ],
};

const responses: Voice = {
  hello: { model: "m", input: "hi" },
  path: IN_BODY,
  hear: hearResponses,
  echo: (answer) => ({ model: "m", input: [hi, ...answer["output"]!, { ...hi, content: "go on" }] }),
  hasRefusals: true,
  wrapsArguments: false,
  provider: "openai-responses",
  bad: [
    [{ model: "m" }, "input"],
    [{ model: "m", input: "hi", previous_response_id: "resp_1" }, "previous_response_id"],
    [{ model: "m", input: "hi", conversation: { id: "conv_1" } }, "conversation"],
    [{ model: "m", input: "hi", background: true }, "background"],
    [{ model: "m", input: [{ type: "function_call", name: "f", arguments: "{}" }] }, "input.0.call_id"],
    [{ model: "m", input: [{ role: "user", content: [{ type: "input_image" }] }] }, "input.0.content.0"],
    [{ model: "m", input: "hi", temperature: 9 }, "temperature"],
  ],
};

export const VOICES: Readonly<Record<string, Voice>> = {
  "openai-chat": {
    hello: { model: "m", messages: [hi] },
    path: IN_BODY,
    hear: hearOpenAiChat,
    echo: (answer) => ({ model: "m", messages: [hi, answer["choices"]![0]!["message"], { ...hi, content: "go on" }] }),
    hasRefusals: true,
    wrapsArguments: false,
    provider: "openai",
    bad: [
      [{ model: "m" }, "messages"],
      [{ model: "m", messages: [{ role: "robot", content: "" }] }, "messages.0.role"],
      [{ model: "m", messages: [{ role: "user", content: [{ type: "nope" }] }] }, "messages.0.content.0.type"],
      [{ model: "m", messages: [hi], temperature: "hot" }, "temperature"],
      [{ model: "m", messages: [hi], tools: [{ type: "function", function: {} }] }, "tools.0.function.name"],
      [{ model: "m", messages: [{ role: "tool", content: "" }] }, "messages.0.tool_call_id"],
    ],
  },
  "openai-completions": {
    hello: { model: "m", prompt: "hi" },
    path: IN_BODY,
    hear: hearOpenAiCompletions,
    echo: null,
    hasRefusals: false,
    wrapsArguments: false,
    provider: null,
    bad: [
      [{ model: "m" }, "prompt"],
      [{ model: "m", prompt: ["a", "b"] }, "prompt"],
      [{ model: "m", prompt: [1, 2] }, "prompt"],
      [{ model: "m", prompt: "a", suffix: "b" }, "suffix"],
      [{ model: "m", prompt: "a", echo: true, logprobs: 1 }, "echo"],
      [{ model: "m", prompt: "a", best_of: 3 }, "best_of"],
    ],
  },
  "openai-responses": responses,
  "anthropic-messages": {
    hello: { model: "m", max_tokens: 10, messages: [hi] },
    path: IN_BODY,
    hear: hearAnthropic,
    echo: (answer) => ({
      model: "m",
      max_tokens: 10,
      messages: [hi, { role: "assistant", content: answer["content"] }, { ...hi, content: "go on" }],
    }),
    hasRefusals: false,
    wrapsArguments: true,
    provider: "anthropic",
    bad: [
      [{ model: "m", messages: [] }, "messages"],
      [{ model: "m", max_tokens: 0, messages: [hi] }, "max_tokens"],
      [{ model: "m", messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages.0.content.0.text"],
      [{ model: "m", messages: [{ role: "user", content: [{ type: "nope" }] }] }, "messages.0.content.0.type"],
      [
        { model: "m", messages: [{ role: "user", content: [{ type: "image", source: { type: "base64" } }] }] },
        "messages.0.content.0.source.media_type",
      ],
      [{ model: "m", messages: [hi], temperature: 1.5 }, "temperature"],
      [{ model: "m", messages: [hi], thinking: { type: "enabled" } }, "thinking.budget_tokens"],
    ],
  },
  gemini,
};

export function voiceOf(dialect: Dialect): Voice {
  const voice = VOICES[dialect.name];
  if (voice === undefined) throw new Error(`server/dialects/_testing/voices.ts: no voice for ${dialect.name}`);
  return voice;
}
