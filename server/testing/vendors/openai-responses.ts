import { z } from "zod";
import { openAiChatVendor } from "./openai-chat.ts";
import { SCRIPTED_USAGE, type Scripted, scriptFor } from "./script.ts";
import { checked, needHeader, type Vendor, VendorRefusal } from "./vendor.ts";

const Name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const InputContent = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("input_text"), text: z.string() }),
  z.strictObject({
    type: z.literal("input_image"),
    detail: z.enum(["auto", "low", "high"]).optional(),
    image_url: z
      .string()
      .regex(/^(?:https?:|data:)/)
      .nullable()
      .optional(),
    file_id: z.string().nullable().optional(),
  }),
  z.strictObject({
    type: z.literal("input_file"),
    file_id: z.string().nullable().optional(),
    file_data: z.string().optional(),
    file_url: z.string().optional(),
    filename: z.string().optional(),
  }),
]);
const OutputContent = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("output_text"),
    text: z.string(),
    annotations: z.array(z.unknown()).optional(),
    logprobs: z.array(z.unknown()).optional(),
  }),
  z.strictObject({ type: z.literal("refusal"), refusal: z.string() }),
]);
const Status = z.enum(["in_progress", "completed", "incomplete"]).optional();
const Item = z.union([
  z.strictObject({
    type: z.literal("message").optional(),
    role: z.enum(["user", "system", "developer"]),
    content: z.union([z.string(), z.array(InputContent).min(1)]),
    status: Status,
  }),
  z.strictObject({
    type: z.literal("message").optional(),
    id: z.string().optional(),
    role: z.literal("assistant"),
    content: z.union([z.string(), z.array(OutputContent).min(1)]),
    status: Status,
    phase: z.string().nullable().optional(),
  }),
  z.strictObject({
    type: z.literal("function_call"),
    id: z.string().regex(/^fc/).optional(),
    call_id: z.string().min(1).max(64),
    name: Name,
    arguments: z.string(),
    status: Status,
  }),
  z.strictObject({
    type: z.literal("function_call_output"),
    id: z.string().nullable().optional(),
    call_id: z.string().min(1).max(64),
    output: z.union([z.string(), z.array(InputContent)]),
    status: Status.nullable(),
  }),
  z.strictObject({
    type: z.literal("reasoning"),
    id: z.string().optional(),
    summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })),
    content: z.array(z.unknown()).optional(),
    encrypted_content: z.string().nullable().optional(),
    status: Status,
  }),
]);
/** Body of POST /responses. Source: OpenAI's API reference, "Create a model response". */
const Body = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(Item).min(1)]),
  instructions: z.string().nullable().optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("function"),
        name: Name,
        description: z.string().nullable().optional(),
        parameters: z.looseObject({}).nullable(),
        strict: z.boolean().nullable().optional(),
      }),
    )
    .optional(),
  tool_choice: z
    .union([z.enum(["auto", "none", "required"]), z.strictObject({ type: z.literal("function"), name: Name })])
    .optional(),
  parallel_tool_calls: z.boolean().nullable().optional(),
  text: z
    .strictObject({
      format: z
        .discriminatedUnion("type", [
          z.strictObject({ type: z.literal("text") }),
          z.strictObject({ type: z.literal("json_object") }),
          z.strictObject({
            type: z.literal("json_schema"),
            name: Name,
            description: z.string().optional(),
            schema: z.looseObject({}),
            strict: z.boolean().nullable().optional(),
          }),
        ])
        .optional(),
      verbosity: z.enum(["low", "medium", "high"]).nullable().optional(),
    })
    .optional(),
  max_output_tokens: z.number().int().min(16).nullable().optional(),
  temperature: z.number().min(0).max(2).nullable().optional(),
  top_p: z.number().min(0).max(1).nullable().optional(),
  top_logprobs: z.number().int().min(0).max(20).nullable().optional(),
  reasoning: z
    .strictObject({ effort: z.string().nullable().optional(), summary: z.string().nullable().optional() })
    .nullable()
    .optional(),
  include: z.array(z.string()).nullable().optional(),
  store: z.boolean().nullable().optional(),
  stream: z.boolean().nullable().optional(),
  truncation: z.enum(["auto", "disabled"]).nullable().optional(),
  user: z.string().optional(),
  prompt_cache_key: z.string().optional(),
  safety_identifier: z.string().optional(),
  service_tier: z.string().nullable().optional(),
  metadata: z.record(z.string(), z.string()).nullable().optional(),
});
type Body = z.infer<typeof Body>;

/** OpenAI's Responses API. */
export const openAiResponsesVendor: Vendor = {
  name: "openai-responses",
  answer(call) {
    needHeader(call, "authorization", /^Bearer sk-/);
    if (call.path !== "/v1/responses") throw new VendorRefusal(`no endpoint ${call.path}`, 404);
    const body = checked(Body, call.body);
    checkCalls(body);
    const scripted = scriptFor("openai-responses", situationOf(body));
    if (scripted.kind === "fault") return this.fault(scripted.status, `the model ${body.model} is told to fail`);
    return body.stream === true
      ? { kind: "stream", frames: frames(body, scripted) }
      : { kind: "json", status: 200, body: response(body, scripted, "done") };
  },
  fault: openAiChatVendor.fault,
};

/** "No tool output found for function call": every call is answered, and every answer has its call. */
function checkCalls({ input }: Body): void {
  const items = typeof input === "string" ? [] : input;
  const calls = items.flatMap((item) => (item.type === "function_call" ? [item.call_id] : []));
  const outputs = items.flatMap((item) => (item.type === "function_call_output" ? [item.call_id] : []));
  if (calls.join() !== outputs.join())
    throw new VendorRefusal(`calls ${calls.join()} were answered by ${outputs.join()}`);
}

function situationOf({ model, input, tools, tool_choice: choice, text }: Body) {
  const items = typeof input === "string" ? [{ role: "user" as const, content: input }] : input;
  const results: string[] = [];
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i]!;
    if (item.type !== "function_call_output") break;
    results.unshift(typeof item.output === "string" ? item.output : JSON.stringify(item.output));
  }
  const last = items.findLast((item) => "role" in item && item.role === "user");
  const content = last !== undefined && "role" in last ? last.content : "";
  const parts = typeof content === "string" ? [{ type: "input_text", text: content }] : content;
  return {
    model,
    lastText: parts.map((part) => ("text" in part ? part.text : "")).join(""),
    tools: choice === "none" ? [] : (tools ?? []).map(({ name }) => name),
    forcedTool: typeof choice === "object" ? choice.name : choice === "required" ? "any" : null,
    toolResults: results,
    wantsJson: text?.format?.type === "json_schema" || text?.format?.type === "json_object",
    hasImage: parts.some(({ type }) => type === "input_image"),
  };
}

type Answer = Extract<Scripted, { kind: "answer" }>;

const USAGE = {
  input_tokens: SCRIPTED_USAGE.input,
  input_tokens_details: { cached_tokens: SCRIPTED_USAGE.cached },
  output_tokens: SCRIPTED_USAGE.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: SCRIPTED_USAGE.input + SCRIPTED_USAGE.output,
};

/** Output items, whole or as they are announced. */
function itemsOf({ reasoning, pieces, calls }: Answer) {
  const items: { readonly added: Record<string, unknown>; readonly done: Record<string, unknown> }[] = [];
  if (reasoning !== null) {
    const added = { id: "rs_double", type: "reasoning", summary: [] };
    items.push({ added, done: { ...added, summary: [{ type: "summary_text", text: reasoning }] } });
  }
  if (pieces.length > 0) {
    const added = { id: "msg_double", type: "message", status: "in_progress", role: "assistant", content: [] };
    const content = [{ type: "output_text", text: pieces.join(""), annotations: [], logprobs: [] }];
    items.push({ added, done: { ...added, status: "completed", content } });
  }
  for (const [index, { name, input }] of calls.entries()) {
    const added = {
      id: `fc_${index}`,
      type: "function_call",
      status: "in_progress",
      call_id: `call_${index}_${input.city}`,
      name,
      arguments: "",
    };
    items.push({ added, done: { ...added, status: "completed", arguments: JSON.stringify(input) } });
  }
  return items;
}

function response(body: Body, answer: Answer, state: "created" | "done"): Record<string, unknown> {
  const isIncomplete = answer.finish === "length" || answer.finish === "filtered";
  const isDone = state === "done";
  return {
    id: "resp_double",
    object: "response",
    created_at: 1_760_000_000,
    status: isDone ? (isIncomplete ? "incomplete" : "completed") : "in_progress",
    background: false,
    error: null,
    incomplete_details:
      isDone && isIncomplete ? { reason: answer.finish === "length" ? "max_output_tokens" : "content_filter" } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: `${body.model}-2026-01-01`,
    output: isDone ? itemsOf(answer).map(({ done }) => done) : [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store: body.store ?? true,
    temperature: 1,
    text: { format: { type: "text" }, verbosity: "medium" },
    tool_choice: body.tool_choice ?? "auto",
    tools: body.tools ?? [],
    top_p: 1,
    truncation: "disabled",
    usage: isDone ? USAGE : null,
    user: null,
    metadata: {},
  };
}

function frames(body: Body, answer: Answer): string[] {
  const list: string[] = [];
  const send = (type: string, fields: object) => {
    list.push(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: list.length, ...fields })}\n\n`);
  };
  send("response.created", { response: response(body, answer, "created") });
  send("response.in_progress", { response: response(body, answer, "created") });
  for (const [output_index, { added, done }] of itemsOf(answer).entries()) {
    const at = { item_id: added["id"], output_index };
    send("response.output_item.added", { output_index, item: added });
    if (added["type"] === "message") {
      const text = answer.pieces.join("");
      const empty = { type: "output_text", text: "", annotations: [], logprobs: [] };
      send("response.content_part.added", { ...at, content_index: 0, part: empty });
      for (const delta of answer.pieces)
        send("response.output_text.delta", { ...at, content_index: 0, delta, logprobs: [] });
      if (answer.breaks) {
        const error = { code: "server_error", message: "The server had an error" };
        send("response.failed", { response: { ...response(body, answer, "created"), status: "failed", error } });
        return list;
      }
      send("response.output_text.done", { ...at, content_index: 0, text, logprobs: [] });
      send("response.content_part.done", { ...at, content_index: 0, part: { ...empty, text } });
    } else if (added["type"] === "reasoning") {
      const text = answer.reasoning!;
      send("response.reasoning_summary_part.added", {
        ...at,
        summary_index: 0,
        part: { type: "summary_text", text: "" },
      });
      send("response.reasoning_summary_text.delta", { ...at, summary_index: 0, delta: text });
      send("response.reasoning_summary_text.done", { ...at, summary_index: 0, text });
      send("response.reasoning_summary_part.done", { ...at, summary_index: 0, part: { type: "summary_text", text } });
    } else {
      const json = String(done["arguments"]);
      for (const delta of [json.slice(0, 5), json.slice(5)])
        send("response.function_call_arguments.delta", { ...at, delta });
      send("response.function_call_arguments.done", { ...at, arguments: json, name: done["name"] });
    }
    send("response.output_item.done", { output_index, item: done });
  }
  const end = response(body, answer, "done");
  send(end["status"] === "incomplete" ? "response.incomplete" : "response.completed", { response: end });
  return list;
}
