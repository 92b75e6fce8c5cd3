import type { FinishReason, OutputFormat, ToolChoice, Usage } from "../../chat.ts";
import type { RenderContext } from "../../dialect.ts";
import { inputTokensOf } from "../_shared/answer-usage.ts";

export type ResponseStatus = "in_progress" | "completed" | "incomplete" | "failed";

export interface ResponseState {
  readonly id: string;
  readonly status: ResponseStatus;
  readonly createdAtMs: number;
  readonly output: readonly object[];
  readonly usage: Usage | null;
  readonly incompleteReason: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly serviceTier: string | null;
}

/** A whole response object, as it stands in an answer and in the first and last events of a stream. */
export function responseObject(state: ResponseState, { request, model, nowMs }: RenderContext): object {
  const echo = echoOf(request.forRender?.["echo"]);
  return {
    id: state.id,
    object: "response",
    created_at: Math.floor(state.createdAtMs / 1000),
    status: state.status,
    background: false,
    completed_at: state.status === "completed" ? Math.floor(nowMs / 1000) : null,
    error: state.error,
    incomplete_details: state.incompleteReason === null ? null : { reason: state.incompleteReason },
    instructions: null,
    max_output_tokens: request.maxOutputTokens,
    max_tool_calls: null,
    model,
    output: state.output,
    parallel_tool_calls: request.parallelToolCalls ?? true,
    previous_response_id: null,
    prompt_cache_key: null,
    safety_identifier: null,
    service_tier: state.serviceTier ?? "default",
    temperature: request.temperature ?? 1,
    tool_choice: toolChoiceWord(request.toolChoice),
    tools: request.tools.map(({ name, description, parameters, strict }) => ({
      type: "function",
      name,
      description,
      parameters,
      strict: strict ?? false,
    })),
    top_logprobs: request.topLogprobs ?? 0,
    top_p: request.topP ?? 1,
    truncation: "disabled",
    user: null,
    metadata: {},
    ...echo,
    reasoning: { effort: null, summary: null, ...echoOf(echo["reasoning"]) },
    text: { format: formatObject(request.output), verbosity: "medium", ...echoOf(echo["text"]) },
    // Whatever was asked: nothing is stored.
    store: false,
    usage: state.usage === null ? null : renderResponsesUsage(state.usage),
  };
}

function echoOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function toolChoiceWord(choice: ToolChoice | null): string | object {
  if (choice === null) return "auto";
  return choice.kind === "tool" ? { type: "function", name: choice.name } : choice.kind;
}

function formatObject(output: OutputFormat): object {
  if (output.kind === "text") return { type: "text" };
  if (output.kind === "json") return { type: "json_object" };
  const { name, description, schema, strict } = output;
  return { type: "json_schema", name, description: description ?? undefined, schema, strict: strict ?? false };
}

/** `input_tokens` counts all input, cached included; `output_tokens` counts reasoning too. */
function renderResponsesUsage(usage: Usage): object {
  const input = inputTokensOf(usage);
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + usage.output,
  };
}

/**
 * Why an answer is incomplete; null when it is whole.
 *
 * @param hasRefusal whether the answer says why it refuses; a silent refusal is a filter's
 */
export function incompleteReason(finish: FinishReason, hasRefusal: boolean): string | null {
  if (finish === "length") return "max_output_tokens";
  return finish === "content_filter" || (finish === "refusal" && !hasRefusal) ? "content_filter" : null;
}
