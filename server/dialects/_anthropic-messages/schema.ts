import { z } from "zod";

// Objects strip what they do not know: unknown-fields.ts finds it again and reports it.

const CacheControl = z.object({ type: z.string(), ttl: z.string().nullish() }).nullish();

/** Blocks that only Anthropic's own tools make; no other vendor can say them. */
const PLACELESS = [
  "server_tool_use",
  "web_search_tool_result",
  "web_fetch_tool_result",
  "code_execution_tool_result",
  "bash_code_execution_tool_result",
  "text_editor_code_execution_tool_result",
  "tool_search_tool_result",
  "mcp_tool_use",
  "mcp_tool_result",
  "container_upload",
  "compaction",
  "advisor_tool_result",
  "mcp_tool_listing",
  "tool_addition",
  "tool_removal",
  "tool_reference",
  "browser_state",
  "fallback",
] as const;
const PlacelessBlock = z.looseObject({ type: z.enum(PLACELESS) });
export type PlacelessBlock = z.infer<typeof PlacelessBlock>;

const WireCitation = z.looseObject({
  cited_text: z.string().nullish(),
  url: z.string().nullish(),
  source: z.string().nullish(),
  title: z.string().nullish(),
  document_title: z.string().nullish(),
});
export type WireCitation = z.infer<typeof WireCitation>;

const TextBlock = z.object({
  type: z.literal("text"),
  text: z.string(),
  citations: z.array(WireCitation).nullish(),
  cache_control: CacheControl,
});
export type TextBlock = z.infer<typeof TextBlock>;

const Base64Source = z.object({ type: z.literal("base64"), media_type: z.string().min(1), data: z.string() });
const UrlSource = z.object({ type: z.literal("url"), url: z.string().min(1) });
const FileSource = z.object({ type: z.literal("file"), file_id: z.string().min(1) });
const ImageBlock = z.object({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [Base64Source, UrlSource, FileSource]),
  cache_control: CacheControl,
});
const DocumentBlock = z.object({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [
    Base64Source,
    UrlSource,
    FileSource,
    z.object({ type: z.literal("text"), media_type: z.string(), data: z.string() }),
    z.object({
      type: z.literal("content"),
      content: z.union([z.string(), z.array(z.discriminatedUnion("type", [TextBlock, ImageBlock]))]),
    }),
  ]),
  title: z.string().nullish(),
  cache_control: CacheControl,
});
const SearchResultBlock = z.object({
  type: z.literal("search_result"),
  source: z.string(),
  title: z.string(),
  content: z.array(TextBlock),
  cache_control: CacheControl,
});
const ContentBlock = z.discriminatedUnion("type", [
  TextBlock,
  ImageBlock,
  DocumentBlock,
  SearchResultBlock,
  PlacelessBlock,
]);
export type ContentBlock = z.infer<typeof ContentBlock>;

const ToolResultBlock = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string().min(1),
  content: z.union([z.string(), z.array(ContentBlock)]).nullish(),
  is_error: z.boolean().nullish(),
  cache_control: CacheControl,
});
export type ToolResultBlock = z.infer<typeof ToolResultBlock>;

const UserBlock = z.discriminatedUnion("type", [
  TextBlock,
  ImageBlock,
  DocumentBlock,
  SearchResultBlock,
  ToolResultBlock,
  PlacelessBlock,
]);
export type UserBlock = z.infer<typeof UserBlock>;

const AssistantBlock = z.discriminatedUnion("type", [
  TextBlock,
  z.object({ type: z.literal("thinking"), thinking: z.string(), signature: z.string().nullish() }),
  z.object({ type: z.literal("redacted_thinking"), data: z.string() }),
  z.object({
    type: z.literal("tool_use"),
    id: z.string().min(1),
    name: z.string().min(1),
    input: z.record(z.string(), z.unknown()),
    cache_control: CacheControl,
    /** Who called, in an answer given back: the model itself. */
    caller: z.unknown().optional(),
  }),
  PlacelessBlock,
]);
export type AssistantBlock = z.infer<typeof AssistantBlock>;

const SystemContent = z.union([z.string(), z.array(TextBlock)]);
const WireMessage = z.discriminatedUnion("role", [
  z.object({ role: z.literal("user"), content: z.union([z.string(), z.array(UserBlock)]) }),
  z.object({ role: z.literal("assistant"), content: z.union([z.string(), z.array(AssistantBlock)]) }),
  z.object({ role: z.literal("system"), content: SystemContent }),
]);
export type WireMessage = z.infer<typeof WireMessage>;

const CustomTool = z.object({
  type: z.literal("custom").nullish(),
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
  cache_control: CacheControl,
  /** Asks for arguments as they are written, which is how we stream them. */
  eager_input_streaming: z.unknown().optional(),
});
export type CustomTool = z.infer<typeof CustomTool>;

const serial = z.boolean().nullish();
const JsonFormat = z.object({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) });

/** Body of `POST /v1/messages` and, without `max_tokens`, of `/v1/messages/count_tokens`. */
export const WireMessagesRequest = z.object({
  model: z.string().min(1),
  max_tokens: z.number().int().positive().nullish(),
  messages: z.array(WireMessage).min(1),
  system: SystemContent.nullish(),
  tools: z
    .array(z.union([CustomTool, z.looseObject({ type: z.string().refine((type) => type !== "custom") })]))
    .nullish(),
  tool_choice: z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("auto"), disable_parallel_tool_use: serial }),
      z.object({ type: z.literal("any"), disable_parallel_tool_use: serial }),
      z.object({ type: z.literal("tool"), name: z.string().min(1), disable_parallel_tool_use: serial }),
      z.object({ type: z.literal("none") }),
    ])
    .nullish(),
  thinking: z
    .discriminatedUnion("type", [
      z.object({
        type: z.literal("enabled"),
        budget_tokens: z.number().int().positive(),
        display: z.enum(["summarized", "omitted"]).nullish(),
      }),
      z.object({ type: z.literal("adaptive"), display: z.enum(["summarized", "omitted"]).nullish() }),
      z.object({ type: z.literal("between_tools") }),
      z.object({ type: z.literal("disabled") }),
    ])
    .nullish(),
  output_config: z
    .object({
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).nullish(),
      format: JsonFormat.nullish(),
    })
    .nullish(),
  /** Where the format stood while it was a beta. */
  output_format: JsonFormat.nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.number().int().nonnegative().nullish(),
  metadata: z.object({ user_id: z.string().nullish() }).nullish(),
  service_tier: z.string().nullish(),
  stream: z.boolean().nullish(),
});
export type WireMessagesRequest = z.infer<typeof WireMessagesRequest>;
