import { z } from "zod";
import { SCRIPTED_USAGE, type Scripted, scriptFor } from "./script.ts";
import { checked, needHeader, type Vendor, VendorRefusal, type VendorReply } from "./vendor.ts";

const Cache = z
  .strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() })
  .nullable()
  .optional();
const Text = z.strictObject({
  type: z.literal("text"),
  text: z.string().regex(/\S/, "text content blocks must be non-empty"),
  cache_control: Cache,
  citations: z.unknown().optional(),
});
const Source = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("base64"), media_type: z.string(), data: z.string() }),
  z.strictObject({ type: z.literal("url"), url: z.string() }),
  z.strictObject({ type: z.literal("text"), media_type: z.literal("text/plain"), data: z.string() }),
  z.strictObject({ type: z.literal("file"), file_id: z.string() }),
]);
const Image = z.strictObject({ type: z.literal("image"), source: Source, cache_control: Cache });
const Document = z.strictObject({
  type: z.literal("document"),
  source: Source,
  title: z.string().nullable().optional(),
  context: z.string().nullable().optional(),
  citations: z.unknown().optional(),
  cache_control: Cache,
});
const ToolUse = z.strictObject({
  type: z.literal("tool_use"),
  id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  name: z.string().min(1).max(128),
  input: z.record(z.string(), z.unknown()),
  cache_control: Cache,
});
const ToolResult = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  content: z.union([z.string(), z.array(z.union([Text, Image, Document]))]).optional(),
  is_error: z.boolean().optional(),
  cache_control: Cache,
});
const Thinking = z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() });
const Redacted = z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() });
const Message = z.discriminatedUnion("role", [
  z.strictObject({
    role: z.literal("user"),
    content: z.union([z.string().min(1), z.array(z.union([Text, Image, Document, ToolResult])).min(1)]),
  }),
  z.strictObject({
    role: z.literal("assistant"),
    content: z.union([z.string().min(1), z.array(z.union([Text, ToolUse, Thinking, Redacted])).min(1)]),
  }),
]);
const Shared = {
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  system: z.union([z.string(), z.array(Text)]).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("custom").optional(),
        name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
        description: z.string().optional(),
        input_schema: z.looseObject({ type: z.literal("object") }),
        strict: z.boolean().optional(),
        eager_input_streaming: z.boolean().optional(),
        cache_control: Cache,
      }),
    )
    .optional(),
  tool_choice: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("auto"), disable_parallel_tool_use: z.boolean().optional() }),
      z.strictObject({ type: z.literal("any"), disable_parallel_tool_use: z.boolean().optional() }),
      z.strictObject({ type: z.literal("tool"), name: z.string(), disable_parallel_tool_use: z.boolean().optional() }),
      z.strictObject({ type: z.literal("none") }),
    ])
    .optional(),
  thinking: z
    .union([
      z.strictObject({
        type: z.literal("enabled"),
        budget_tokens: z.number().int().min(1024),
        display: z.string().optional(),
      }),
      z.strictObject({ type: z.literal("adaptive"), display: z.string().optional() }),
      z.strictObject({ type: z.literal("disabled") }),
    ])
    .optional(),
  output_config: z
    .strictObject({
      effort: z.string().optional(),
      format: z
        .strictObject({ type: z.literal("json_schema"), schema: z.looseObject({}) })
        .nullable()
        .optional(),
    })
    .optional(),
};
/** Body of POST /v1/messages. Source: Anthropic's API reference, "Create a Message". */
const Body = z.strictObject({
  ...Shared,
  max_tokens: z.number().int().positive(),
  stream: z.boolean().optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.number().int().nonnegative().optional(),
  stop_sequences: z.array(z.string().regex(/\S/)).optional(),
  metadata: z.strictObject({ user_id: z.string().nullable().optional() }).optional(),
  service_tier: z.enum(["auto", "standard_only"]).optional(),
  thread: z
    .strictObject({ type: z.enum(["create", "continue"]), previous_message_id: z.string().optional() })
    .optional(),
});
type Body = z.infer<typeof Body>;
/** Body of POST /v1/messages/count_tokens. */
const CountBody = z.strictObject(Shared);

/** Anthropic's Messages API. */
export const anthropicVendor: Vendor = {
  name: "anthropic",
  answer(call) {
    // Its newest client sends the key as a bearer token, older ones as x-api-key.
    if (call.headers.authorization === undefined) needHeader(call, "x-api-key", /^sk-ant-/);
    else needHeader(call, "authorization", /^Bearer sk-ant-/);
    needHeader(call, "anthropic-version", /^\d{4}-\d\d-\d\d$/);
    if (call.path === "/v1/messages/count_tokens") {
      checked(CountBody, call.body);
      return { kind: "json", status: 200, body: { input_tokens: 42 } };
    }
    if (call.path !== "/v1/messages") throw new VendorRefusal(`no endpoint ${call.path}`, 404);
    const body = checked(Body, call.body);
    if (body.thread !== undefined) return threadFault(body.thread.type);
    checkTurns(body);
    if (body.thinking?.type === "enabled" && body.thinking.budget_tokens >= body.max_tokens)
      throw new VendorRefusal("max_tokens must be greater than thinking.budget_tokens");
    const scripted = scriptFor("anthropic", situationOf(body));
    if (scripted.kind === "fault") return this.fault(scripted.status, `the model ${body.model} is told to fail`);
    return body.stream === true ? { kind: "stream", frames: frames(body, scripted) } : whole(body, scripted);
  },
  fault: (status, message) => ({
    kind: "json",
    status,
    body: { type: "error", error: { type: TYPES[status] ?? "api_error", message }, request_id: "req_vendor" },
    headers: { "request-id": "req_vendor", ...(status === 429 ? { "retry-after": "1" } : {}) },
  }),
};

/** A server that keeps no conversations says so in a way that clients act on. */
function threadFault(type: "create" | "continue"): VendorReply {
  const [status, code] = type === "create" ? [400, "thread_unsupported_request"] : [404, "thread_not_found"];
  const details = { error_code: code, ...(type === "create" ? { unsupported: ["data_retention"] } : {}) };
  const error = { type: TYPES[Number(status)], message: "threads are not kept here", details };
  return { kind: "json", status: Number(status), body: { type: "error", error, request_id: "req_vendor" } };
}

const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  422: "invalid_request_error",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** "Each tool_use block must have a corresponding tool_result block in the next message", results first. */
function checkTurns({ messages }: Body): void {
  if (messages[0]!.role !== "user") throw new VendorRefusal("the first message must use the user role");
  let open: string[] = [];
  for (const { content } of messages) {
    const blocks = typeof content === "string" ? [] : content;
    const results = blocks.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
    if (
      results.join() !==
      blocks
        .slice(0, results.length)
        .flatMap((b) => (b.type === "tool_result" ? [b.tool_use_id] : []))
        .join()
    )
      throw new VendorRefusal("tool_result blocks must come first");
    if ([...results].sort().join() !== [...open].sort().join())
      throw new VendorRefusal(`tool_use ids ${open.join()} need their tool_result next, got ${results.join()}`);
    open = blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
  }
  if (open.length > 0) throw new VendorRefusal(`tool_use without tool_result: ${open.join()}`);
}

function situationOf({ model, messages, tools, tool_choice: choice, output_config: output }: Body) {
  const last = messages.at(-1)!;
  const blocks = typeof last.content === "string" ? [{ type: "text" as const, text: last.content }] : last.content;
  return {
    model,
    lastText: blocks.map((block) => (block.type === "text" ? block.text : "")).join(""),
    tools: (tools ?? []).map(({ name }) => name),
    forcedTool: choice?.type === "tool" ? choice.name : choice?.type === "any" ? "any" : null,
    toolResults: blocks.flatMap((block) => (block.type === "tool_result" ? [resultText(block.content)] : [])),
    wantsJson: output?.format?.type === "json_schema",
    hasImage: blocks.some((block) => block.type === "image"),
  };
}

function resultText(content: z.infer<typeof ToolResult>["content"]): string {
  if (content === undefined || typeof content === "string") return content ?? "";
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

type Answer = Extract<Scripted, { kind: "answer" }>;

const STOP = { stop: "end_turn", length: "max_tokens", calls: "tool_use", filtered: "refusal" } as const;
const INPUT_USAGE = {
  input_tokens: SCRIPTED_USAGE.input - SCRIPTED_USAGE.cached,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: SCRIPTED_USAGE.cached,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  service_tier: "standard",
};
const callOf = ({ name, input }: Answer["calls"][number], index: number) => ({
  type: "tool_use",
  id: `toolu_${index}_${input.city}`,
  name,
  input,
});
const head = ({ model }: Body) => ({
  id: "msg_double",
  type: "message",
  role: "assistant",
  model: `${model}-20260101`,
});

function whole(body: Body, { reasoning, pieces, calls, finish }: Answer): VendorReply {
  const content = [
    ...(reasoning === null ? [] : [{ type: "thinking", thinking: reasoning, signature: "c2lnbmVk" }]),
    ...(pieces.length === 0 ? [] : [{ type: "text", text: pieces.join("") }]),
    ...calls.map(callOf),
  ];
  return {
    kind: "json",
    status: 200,
    body: {
      ...head(body),
      content,
      stop_reason: STOP[finish],
      stop_sequence: null,
      usage: { ...INPUT_USAGE, output_tokens: SCRIPTED_USAGE.output },
    },
    headers: { "request-id": "req_vendor", "anthropic-ratelimit-requests-remaining": "99" },
  };
}

function frames(body: Body, { reasoning, pieces, calls, finish, breaks }: Answer): string[] {
  const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const message = {
    ...head(body),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...INPUT_USAGE, output_tokens: 1 },
  };
  const list = [event("message_start", { message }), event("ping", {})];
  let index = 0;
  const block = (start: object, deltas: readonly object[]) => {
    list.push(event("content_block_start", { index, content_block: start }));
    for (const delta of deltas) list.push(event("content_block_delta", { index, delta }));
    if (!breaks) list.push(event("content_block_stop", { index }));
    index++;
  };
  if (reasoning !== null) {
    block({ type: "thinking", thinking: "", signature: "" }, [
      { type: "thinking_delta", thinking: reasoning },
      { type: "signature_delta", signature: "c2lnbmVk" },
    ]);
  }
  if (pieces.length > 0)
    block(
      { type: "text", text: "" },
      pieces.map((text) => ({ type: "text_delta", text })),
    );
  if (breaks) return [...list, event("error", { error: { type: "overloaded_error", message: "Overloaded" } })];
  for (const call of calls.map(callOf)) {
    const json = JSON.stringify(call.input);
    const parts = ["", json.slice(0, 5), json.slice(5)];
    block(
      { ...call, input: {} },
      parts.map((part) => ({ type: "input_json_delta", partial_json: part })),
    );
  }
  const usage = { ...INPUT_USAGE, output_tokens: SCRIPTED_USAGE.output };
  list.push(event("message_delta", { delta: { stop_reason: STOP[finish], stop_sequence: null }, usage }));
  return [...list, event("message_stop", {})];
}
