import type { DemoTurn } from "./traffic.ts";

/** What a client sends, and how it reads the answer for the next turn of its conversation. */
export interface DemoCall {
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What was said, with this answer: the history of the next turn. */
  readonly after: (answer: string) => readonly unknown[];
}

const LONGEST_CARRIED = 2_000;
const JSON_SCHEMA = {
  type: "object",
  properties: {
    topic: { type: "string", enum: ["delivery", "repair", "payment", "rental"] },
    urgent: { type: "boolean" },
  },
  required: ["topic", "urgent"],
  additionalProperties: false,
};
const TOOLS = [
  ["read_file", "path"],
  ["run_query", "sql"],
].map(([name, parameter]) => ({
  type: "function",
  function: {
    name,
    parameters: { type: "object", properties: { [parameter!]: { type: "string" } }, required: [parameter] },
  },
}));
/** One grey pixel. */
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/** A turn as the client of its feature would send it. */
export function callOf(turn: DemoTurn, model: string, history: readonly unknown[]): DemoCall {
  const { dialect } = turn.feature;
  if (dialect === "anthropic") return anthropic(turn, model, history);
  if (dialect === "gemini") return gemini(turn, model, history);
  if (dialect === "responses") {
    const input = [...history, { role: "user", content: turn.text }];
    const { system } = turn.feature;
    const instructions = system === null ? {} : { instructions: system };
    const body = { model, ...instructions, input, store: false, max_output_tokens: 500 };
    return { url: "/v1/responses", body, after: () => input };
  }
  return openAi(turn, model, history);
}

function openAi({ feature, text }: DemoTurn, model: string, history: readonly unknown[]): DemoCall {
  const { kind, isStreaming: stream, isDeterministic, system } = feature;
  const content =
    kind === "image"
      ? [
          { type: "text", text },
          { type: "image_url", image_url: { url: PIXEL } },
        ]
      : text;
  const said = [...history, { role: "user", content }];
  const body = {
    model,
    messages: system === null ? said : [{ role: "system", content: system }, ...said],
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
    ...(isDeterministic ? { temperature: 0 } : {}),
    ...(kind === "tools" ? { tools: TOOLS } : {}),
    ...(kind === "json"
      ? { response_format: { type: "json_schema", json_schema: { name: "ticket", strict: true, schema: JSON_SCHEMA } } }
      : {}),
  };
  return {
    url: "/v1/chat/completions",
    body,
    after(answer) {
      const message = messageOf(answer);
      if (message === null) return history;
      const results = (message.tool_calls ?? []).map(({ id }) => ({
        role: "tool",
        tool_call_id: id,
        content: "export const price = (days: number) => 14.5 * days;",
      }));
      return [...said, message, ...results];
    },
  };
}

interface OpenAiMessage {
  readonly role: "assistant";
  readonly content: string | null;
  readonly tool_calls?: readonly { readonly id: string }[];
}

/** null: it was refused, or is a stream. */
function messageOf(answer: string): OpenAiMessage | null {
  if (!answer.startsWith("{")) return null;
  const { choices } = JSON.parse(answer) as { choices?: readonly { readonly message: OpenAiMessage }[] };
  return choices?.[0]?.message ?? null;
}

function anthropic({ feature, text }: DemoTurn, model: string, history: readonly unknown[]): DemoCall {
  const messages = [...history, { role: "user", content: text }];
  const system = feature.system === null ? {} : { system: feature.system };
  const body = { model, max_tokens: 1_024, ...system, messages, stream: feature.isStreaming };
  return {
    url: "/v1/messages",
    body,
    after: (answer) => [...messages, { role: "assistant", content: textIn(answer, /"text":"((?:[^"\\]|\\.)*)"/g) }],
  };
}

function gemini({ feature, text }: DemoTurn, model: string, history: readonly unknown[]): DemoCall {
  const contents = [...history, { role: "user", parts: [{ text }] }];
  const verb = feature.isStreaming ? "streamGenerateContent?alt=sse" : "generateContent";
  return {
    url: `/v1beta/models/${model}:${verb}`,
    body: {
      contents,
      ...(feature.system === null ? {} : { systemInstruction: { parts: [{ text: feature.system }] } }),
    },
    after: (answer) => [
      ...contents,
      { role: "model", parts: [{ text: textIn(answer, /"text":\s*"((?:[^"\\]|\\.)*)"/g) }] },
    ],
  };
}

/** The text of a reply or of all events of a stream. */
function textIn(answer: string, pattern: RegExp): string {
  const text = [...answer.matchAll(pattern)].map(([, piece]) => JSON.parse(`"${piece}"`) as string).join("");
  return text === "" ? "Understood." : text.slice(0, LONGEST_CARRIED);
}
