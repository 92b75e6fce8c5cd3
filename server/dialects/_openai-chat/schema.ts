import { z } from "zod";

// Objects strip what they do not know: unknown-fields.ts finds it again and reports it.

const CacheControl = z.object({ type: z.string(), ttl: z.string().nullish() }).nullish();

const TextContent = z.object({ type: z.literal("text"), text: z.string(), cache_control: CacheControl });
const ImageContent = z.object({
  type: z.literal("image_url"),
  image_url: z.object({ url: z.string().min(1), detail: z.enum(["auto", "low", "high"]).nullish() }),
  cache_control: CacheControl,
});
const UserContent = z.discriminatedUnion("type", [
  TextContent,
  ImageContent,
  z.object({
    type: z.literal("input_audio"),
    input_audio: z.object({ data: z.string(), format: z.string() }),
  }),
  z.object({
    type: z.literal("file"),
    file: z
      .object({
        file_id: z.string().nullish(),
        file_data: z.string().nullish(),
        filename: z.string().nullish(),
      })
      .refine((file) => file.file_id || file.file_data, { error: "needs file_id or file_data" }),
    cache_control: CacheControl,
  }),
]);

const SystemContent = z.union([z.string(), z.array(TextContent)]);
const SystemMessage = z.object({ role: z.literal("system"), content: SystemContent });
const DeveloperMessage = z.object({ role: z.literal("developer"), content: SystemContent });
const UserMessage = z.object({
  role: z.literal("user"),
  content: z.union([z.string(), z.array(UserContent).min(1)]),
});
const AssistantContent = z.discriminatedUnion("type", [
  TextContent,
  z.object({ type: z.literal("refusal"), refusal: z.string() }),
]);
const FunctionCall = z.object({ name: z.string().min(1), arguments: z.string() });
const ToolCall = z.union([
  z.object({
    id: z.string(),
    type: z.literal("function").nullish(),
    function: FunctionCall,
    /** Position in a streamed answer; some clients give it back. */
    index: z.number().nullish(),
    /** Gemini's thought signature as Google's own compatible endpoint carries it. */
    extra_content: z.object({ google: z.object({ thought_signature: z.string().nullish() }).nullish() }).nullish(),
  }),
  z.object({
    id: z.string(),
    type: z.literal("custom"),
    custom: z.object({ name: z.string().min(1), input: z.string() }),
  }),
]);
/** Reasoning with its proofs, as OpenRouter carries it. */
const ReasoningDetail = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  summary: z.string().nullish(),
  signature: z.string().nullish(),
  data: z.string().nullish(),
});
export type ReasoningDetail = z.infer<typeof ReasoningDetail>;
const AssistantMessage = z.object({
  role: z.literal("assistant"),
  content: z.union([z.string(), z.array(AssistantContent), z.null()]).optional(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_details: z.array(ReasoningDetail).nullish(),
  tool_calls: z.array(ToolCall).nullish(),
  function_call: FunctionCall.nullish(),
  /** Part of an answer that clients give back as it came; citations of earlier answers say nothing to a model. */
  annotations: z.unknown().optional(),
});
const ToolMessage = z.object({
  role: z.literal("tool"),
  tool_call_id: z.string(),
  /** OpenAI takes texts alone; other servers of the format, and their clients, pictures too. */
  content: z.union([z.string(), z.array(z.discriminatedUnion("type", [TextContent, ImageContent]))]),
  /** Told by the call. */
  name: z.string().nullish(),
});
const FunctionMessage = z.object({
  role: z.literal("function"),
  name: z.string(),
  content: z.string().nullable(),
});

const WireMessage = z.discriminatedUnion("role", [
  SystemMessage,
  DeveloperMessage,
  UserMessage,
  AssistantMessage,
  ToolMessage,
  FunctionMessage,
]);
export type WireMessage = z.infer<typeof WireMessage>;

const FunctionDefinition = z.object({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

const Tool = z.discriminatedUnion("type", [
  z.object({ type: z.literal("function"), function: FunctionDefinition, cache_control: CacheControl }),
  z.looseObject({ type: z.literal("custom") }),
]);

const NamedFunction = z.object({ name: z.string().min(1) });
const ToolChoice = z.union([
  z.enum(["auto", "none", "required"]),
  z.object({ type: z.literal("function"), function: NamedFunction }),
  z.object({ type: z.literal("custom"), custom: NamedFunction }),
  z.object({
    type: z.literal("allowed_tools"),
    allowed_tools: z.object({ mode: z.enum(["auto", "required"]), tools: z.array(z.unknown()) }),
  }),
]);

export const ResponseFormat = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({
    type: z.literal("json_schema"),
    json_schema: z.object({
      name: z.string(),
      description: z.string().nullish(),
      schema: z.record(z.string(), z.unknown()).nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

export const Effort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).nullish();

/** Sampling fields that chat and legacy completions share. */
export const SAMPLING = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.number().int().nonnegative().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.number().int().nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  n: z.number().int().min(1).max(128).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .object({
      include_usage: z.boolean().nullish(),
      /** Padding against eavesdroppers; ours is none. */
      include_obfuscation: z.boolean().nullish(),
    })
    .nullish(),
  user: z.string().nullish(),
};

/** Body of `POST /v1/chat/completions`: what we read is checked, what we do not know passes. */
export const WireChatRequest = z.object({
  model: z.string().min(1),
  messages: z.array(WireMessage).min(1),
  tools: z.array(Tool).nullish(),
  functions: z.array(FunctionDefinition).nullish(),
  tool_choice: ToolChoice.nullish(),
  function_call: z.union([z.enum(["auto", "none"]), NamedFunction]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: ResponseFormat.nullish(),
  max_tokens: z.number().int().positive().nullish(),
  max_completion_tokens: z.number().int().positive().nullish(),
  ...SAMPLING,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  reasoning_effort: Effort,
  prompt_cache_key: z.string().nullish(),
  service_tier: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});
export type WireChatRequest = z.infer<typeof WireChatRequest>;
