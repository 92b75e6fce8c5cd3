import { z } from "zod";
import { Effort } from "../_openai-chat/schema.ts";

// Objects strip what they do not know: unknown-fields.ts finds it again and reports it.

/** Parts of an answer that clients give back as they came; they say nothing to a model. */
const given = { id: z.unknown().optional(), status: z.unknown().optional() };

const ContentPart = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["input_text", "text"]), text: z.string() }),
  z.object({
    type: z.literal("output_text"),
    text: z.string(),
    annotations: z.unknown().optional(),
    logprobs: z.unknown().optional(),
  }),
  z.object({ type: z.literal("refusal"), refusal: z.string() }),
  z
    .object({
      type: z.literal("input_image"),
      image_url: z.string().nullish(),
      file_id: z.string().nullish(),
      detail: z.enum(["auto", "low", "high", "original"]).nullish(),
    })
    .refine((part) => part.image_url || part.file_id, { error: "needs image_url or file_id" }),
  z
    .object({
      type: z.literal("input_file"),
      file_id: z.string().nullish(),
      file_data: z.string().nullish(),
      file_url: z.string().nullish(),
      filename: z.string().nullish(),
    })
    .refine((part) => part.file_id || part.file_data || part.file_url, {
      error: "needs file_id, file_data or file_url",
    }),
  z.object({
    type: z.literal("input_audio"),
    input_audio: z.object({ data: z.string(), format: z.string() }),
  }),
]);
export type ContentPart = z.infer<typeof ContentPart>;

const ToolOutput = z.union([z.string(), z.array(ContentPart)]);
const TextPiece = z.object({ type: z.string(), text: z.string() });

/** Items that only OpenAI's own tools and its storage make; no other vendor can say them. */
const PLACELESS = [
  "web_search_call",
  "file_search_call",
  "computer_call",
  "computer_call_output",
  "code_interpreter_call",
  "image_generation_call",
  "local_shell_call",
  "local_shell_call_output",
  "shell_call",
  "shell_call_output",
  "apply_patch_call",
  "apply_patch_call_output",
  "mcp_list_tools",
  "mcp_approval_request",
  "mcp_approval_response",
  "mcp_call",
  "tool_search_call",
  "tool_search_output",
  "additional_tools",
  "compaction",
  "compaction_trigger",
  "program",
  "program_output",
] as const;

export const Item = z.preprocess(
  withType,
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("message"),
      role: z.enum(["user", "assistant", "system", "developer"]),
      content: z.union([z.string(), z.array(ContentPart)]),
      phase: z.unknown().optional(),
      ...given,
    }),
    z.object({
      type: z.literal("function_call"),
      call_id: z.string().min(1),
      name: z.string().min(1),
      arguments: z.string(),
      caller: z.unknown().optional(),
      ...given,
    }),
    z.object({ type: z.literal("function_call_output"), call_id: z.string().min(1), output: ToolOutput, ...given }),
    z.object({
      type: z.literal("custom_tool_call"),
      call_id: z.string().min(1),
      name: z.string().min(1),
      input: z.string(),
      caller: z.unknown().optional(),
      ...given,
    }),
    z.object({ type: z.literal("custom_tool_call_output"), call_id: z.string().min(1), output: ToolOutput, ...given }),
    z.object({
      type: z.literal("reasoning"),
      summary: z.array(TextPiece).nullish(),
      content: z.array(TextPiece).nullish(),
      encrypted_content: z.string().nullish(),
      ...given,
    }),
    z.object({ type: z.literal("item_reference"), id: z.string().min(1) }),
    z.looseObject({ type: z.enum(PLACELESS) }),
  ]),
);
export type Item = z.infer<typeof Item>;

/** Messages and references may leave their type out. */
function withType(value: unknown): unknown {
  if (typeof value !== "object" || value === null || ("type" in value && value.type != null)) return value;
  return { ...value, type: "role" in value ? "message" : "item_reference" };
}

const FunctionTool = z.object({
  type: z.literal("function"),
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});
export type FunctionTool = z.infer<typeof FunctionTool>;

/** Body of `POST /v1/responses`. */
export const WireResponsesRequest = z.object({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(Item).min(1)]).nullish(),
  instructions: z.string().nullish(),
  tools: z
    .array(z.union([FunctionTool, z.looseObject({ type: z.string().refine((type) => type !== "function") })]))
    .nullish(),
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.object({ type: z.enum(["function", "custom"]), name: z.string().min(1) }),
      z.object({ type: z.literal("allowed_tools"), mode: z.enum(["auto", "required"]), tools: z.array(z.unknown()) }),
      z.looseObject({ type: z.string() }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .object({
      format: z
        .discriminatedUnion("type", [
          z.object({ type: z.literal("text") }),
          z.object({ type: z.literal("json_object") }),
          z.object({
            type: z.literal("json_schema"),
            name: z.string(),
            description: z.string().nullish(),
            schema: z.record(z.string(), z.unknown()).nullish(),
            strict: z.boolean().nullish(),
          }),
        ])
        .nullish(),
      verbosity: z.string().nullish(),
    })
    .nullish(),
  reasoning: z
    .object({
      effort: Effort,
      summary: z.string().nullish(),
      generate_summary: z.string().nullish(),
    })
    .nullish(),
  max_output_tokens: z.number().int().positive().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  include: z.array(z.string()).nullish(),
  stream: z.boolean().nullish(),
  /** Padding against eavesdroppers; ours is none. */
  stream_options: z.object({ include_obfuscation: z.boolean().nullish() }).nullish(),
  store: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.unknown().optional(),
  prompt: z.unknown().optional(),
  background: z.boolean().nullish(),
  truncation: z.string().nullish(),
  user: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  service_tier: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
export type WireResponsesRequest = z.infer<typeof WireResponsesRequest>;
