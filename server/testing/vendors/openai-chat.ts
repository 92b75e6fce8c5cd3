import { z } from "zod";
import { SCRIPTED_USAGE, type Scripted, scriptFor } from "./script.ts";
import { checked, needHeader, type Vendor, type VendorCall, VendorRefusal, type VendorReply } from "./vendor.ts";

const Name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const Text = z.strictObject({ type: z.literal("text"), text: z.string() });
const Image = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({
    url: z.string().regex(/^(?:https?:|data:)/),
    detail: z.enum(["auto", "low", "high"]).optional(),
  }),
});
const File = z.strictObject({
  type: z.literal("file"),
  file: z.strictObject({
    filename: z.string().optional(),
    file_data: z.string().optional(),
    file_id: z.string().optional(),
  }),
});
const Audio = z.strictObject({
  type: z.literal("input_audio"),
  input_audio: z.strictObject({ data: z.string(), format: z.enum(["wav", "mp3"]) }),
});
const Texts = z.union([z.string(), z.array(Text).min(1)]);
const ToolCall = z.strictObject({
  id: z.string().min(1).max(40),
  type: z.literal("function"),
  function: z.strictObject({ name: Name, arguments: z.string() }),
});
const Message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: Texts, name: Name.optional() }),
  z.strictObject({ role: z.literal("developer"), content: Texts, name: Name.optional() }),
  z.strictObject({
    role: z.literal("user"),
    content: z.union([z.string(), z.array(z.union([Text, Image, File, Audio])).min(1)]),
    name: Name.optional(),
  }),
  z.strictObject({
    role: z.literal("assistant"),
    content: z.union([z.string(), z.array(Text), z.null()]).optional(),
    refusal: z.string().nullable().optional(),
    annotations: z.array(z.unknown()).optional(),
    name: Name.optional(),
    tool_calls: z.array(ToolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal("tool"), tool_call_id: z.string(), content: Texts, name: Name.optional() }),
]);
const Schema = z.looseObject({ type: z.string().optional() });
/** Body of POST /chat/completions. Source: OpenAI's API reference, "Create chat completion". */
const Body = z.strictObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  stream: z.boolean().nullable().optional(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .nullable()
    .optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("function"),
        function: z.strictObject({
          name: Name,
          description: z.string().optional(),
          parameters: Schema.optional(),
          strict: z.boolean().nullable().optional(),
        }),
      }),
    )
    .min(1)
    .optional(),
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.strictObject({ type: z.literal("function"), function: z.strictObject({ name: Name }) }),
    ])
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("text") }),
      z.strictObject({ type: z.literal("json_object") }),
      z.strictObject({
        type: z.literal("json_schema"),
        json_schema: z.strictObject({
          name: Name,
          description: z.string().optional(),
          schema: Schema.optional(),
          strict: z.boolean().nullable().optional(),
        }),
      }),
    ])
    .optional(),
  max_tokens: z.number().int().positive().nullable().optional(),
  max_completion_tokens: z.number().int().positive().nullable().optional(),
  temperature: z.number().min(0).max(2).nullable().optional(),
  top_p: z.number().min(0).max(1).nullable().optional(),
  n: z.number().int().min(1).max(128).nullable().optional(),
  stop: z.union([z.string(), z.array(z.string()).max(4), z.null()]).optional(),
  seed: z.number().int().nullable().optional(),
  presence_penalty: z.number().min(-2).max(2).nullable().optional(),
  frequency_penalty: z.number().min(-2).max(2).nullable().optional(),
  logit_bias: z.record(z.string(), z.number()).nullable().optional(),
  logprobs: z.boolean().nullable().optional(),
  top_logprobs: z.number().int().min(0).max(20).nullable().optional(),
  reasoning_effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).nullable().optional(),
  user: z.string().optional(),
  prompt_cache_key: z.string().optional(),
  safety_identifier: z.string().optional(),
  service_tier: z.enum(["auto", "default", "flex", "scale", "priority"]).nullable().optional(),
  metadata: z.record(z.string(), z.string()).nullable().optional(),
  store: z.boolean().nullable().optional(),
  verbosity: z.enum(["low", "medium", "high"]).nullable().optional(),
});
type Body = z.infer<typeof Body>;

/** OpenAI's chat completions. */
export const openAiChatVendor: Vendor = {
  name: "openai-chat",
  answer(call) {
    needHeader(call, "authorization", /^Bearer sk-/);
    if (call.path === "/v1/embeddings") return embeddings(call);
    if (call.path !== "/v1/chat/completions") throw new VendorRefusal(`no endpoint ${call.path}`, 404);
    const body = checked(Body, call.body);
    checkTurns(body);
    const scripted = scriptFor("openai-chat", situationOf(body));
    if (scripted.kind === "fault") return this.fault(scripted.status, `the model ${body.model} is told to fail`);
    return body.stream === true ? { kind: "stream", frames: frames(body, scripted) } : whole(body, scripted);
  },
  fault: (status, message) => ({
    kind: "json",
    status,
    body: {
      error: {
        message,
        type: status < 500 ? "invalid_request_error" : "server_error",
        param: null,
        code: CODES[status] ?? null,
      },
    },
    headers: status === 429 ? { "retry-after": "1" } : {},
  }),
};

const CODES: Readonly<Record<number, string>> = {
  401: "invalid_api_key",
  404: "model_not_found",
  429: "rate_limit_exceeded",
};

/** "An assistant message with tool_calls must be followed by tool messages responding to each tool_call_id." */
function checkTurns({ messages }: Body): void {
  let open: string[] = [];
  for (const message of messages) {
    if (message.role === "tool") {
      if (!open.includes(message.tool_call_id))
        throw new VendorRefusal(`tool message answers no call: ${message.tool_call_id}`);
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    if (open.length > 0) throw new VendorRefusal(`tool calls without an answer: ${open.join(", ")}`);
    if (message.role !== "assistant") continue;
    if (message.tool_calls === undefined && (message.content ?? null) === null && (message.refusal ?? null) === null)
      throw new VendorRefusal("an assistant message needs content or tool_calls");
    open = (message.tool_calls ?? []).map(({ id }) => id);
    for (const { function: called } of message.tool_calls ?? []) JSON.parse(called.arguments);
  }
  if (open.length > 0) throw new VendorRefusal(`tool calls without an answer: ${open.join(", ")}`);
}

function situationOf({ model, messages, tools, tool_choice: choice, response_format: format }: Body) {
  const users = messages.filter(({ role }) => role === "user");
  const lastContent = users.at(-1)?.content ?? "";
  const results: string[] = [];
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i]!;
    if (message.role !== "tool") break;
    results.unshift(textOf(message.content));
  }
  return {
    model,
    lastText: textOf(lastContent),
    tools: (tools ?? []).map((tool) => tool.function.name),
    forcedTool: typeof choice === "object" ? choice.function.name : choice === "required" ? "any" : null,
    toolResults: results,
    wantsJson: format?.type === "json_object" || format?.type === "json_schema",
    hasImage: Array.isArray(lastContent) && lastContent.some((part) => part.type === "image_url"),
  };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: string }) => part.text ?? "").join("");
}

type Answer = Extract<Scripted, { kind: "answer" }>;

const FINISH = { stop: "stop", length: "length", calls: "tool_calls", filtered: "content_filter" } as const;
const USAGE = {
  prompt_tokens: SCRIPTED_USAGE.input,
  completion_tokens: SCRIPTED_USAGE.output,
  total_tokens: SCRIPTED_USAGE.input + SCRIPTED_USAGE.output,
  prompt_tokens_details: { cached_tokens: SCRIPTED_USAGE.cached, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};
const callOf = ({ name, input }: Answer["calls"][number], index: number) => ({
  id: `call_${index}_${input.city}`,
  type: "function",
  function: { name, arguments: JSON.stringify(input) },
});

function whole({ model }: Body, { pieces, calls, finish }: Answer): VendorReply {
  const message = {
    role: "assistant",
    content: pieces.length === 0 ? null : pieces.join(""),
    refusal: null,
    annotations: [],
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(callOf) }),
  };
  return {
    kind: "json",
    status: 200,
    body: {
      id: "chatcmpl-double",
      object: "chat.completion",
      created: 1_760_000_000,
      model: `${model}-2026-01-01`,
      choices: [{ index: 0, message, logprobs: null, finish_reason: FINISH[finish] }],
      usage: USAGE,
      service_tier: "default",
      system_fingerprint: "fp_double",
    },
    headers: { "x-ratelimit-remaining-requests": "99", "openai-processing-ms": "12", "x-request-id": "req_vendor" },
  };
}

function frames({ model, stream_options }: Body, { pieces, calls, finish, breaks }: Answer): string[] {
  const wantsUsage = stream_options?.include_usage === true;
  const chunk = (fields: object) =>
    `data: ${JSON.stringify({
      id: "chatcmpl-double",
      object: "chat.completion.chunk",
      created: 1_760_000_000,
      model: `${model}-2026-01-01`,
      service_tier: "default",
      system_fingerprint: "fp_double",
      ...(wantsUsage ? { usage: null } : {}),
      ...fields,
    })}\n\n`;
  const delta = (content: object, finishReason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta: content, logprobs: null, finish_reason: finishReason }] });
  const list = [delta({ role: "assistant", content: calls.length > 0 ? null : "", refusal: null })];
  for (const piece of pieces) list.push(delta({ content: piece }));
  if (breaks) {
    const error = { message: "The server had an error", type: "server_error", param: null, code: null };
    return [...list, `data: ${JSON.stringify({ error })}\n\n`];
  }
  for (const [index, call] of calls.map(callOf).entries()) {
    const { arguments: json, name } = call.function;
    list.push(delta({ tool_calls: [{ index, id: call.id, type: "function", function: { name, arguments: "" } }] }));
    for (const part of [json.slice(0, 5), json.slice(5)])
      list.push(delta({ tool_calls: [{ index, function: { arguments: part } }] }));
  }
  list.push(delta({}, FINISH[finish]));
  if (wantsUsage) list.push(chunk({ choices: [], usage: USAGE }));
  return [...list, "data: [DONE]\n\n"];
}

const EmbeddingsBody = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()).min(1), z.array(z.number()), z.array(z.array(z.number()))]),
  encoding_format: z.enum(["float", "base64"]).optional(),
  dimensions: z.number().int().positive().optional(),
  user: z.string().optional(),
});

/** Every text becomes [its length, 1]. */
function embeddings(call: VendorCall): VendorReply {
  const { model, input, encoding_format: format } = checked(EmbeddingsBody, call.body);
  const inputs = typeof input === "string" ? [input] : input;
  const data = inputs.map((text, index) => {
    const vector = [typeof text === "string" ? text.length : 0, 1];
    const embedding = format === "base64" ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector;
    return { object: "embedding", index, embedding };
  });
  const usage = { prompt_tokens: 4 * inputs.length, total_tokens: 4 * inputs.length };
  return { kind: "json", status: 200, body: { object: "list", data, model, usage } };
}
