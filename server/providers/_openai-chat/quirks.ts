/** Where vendors of the OpenAI chat format differ from each other, as data. */
export interface OpenAiChatQuirks {
  /** Name of the field that limits the answer. */
  readonly maxTokensField: "max_completion_tokens" | "max_tokens";
  /** Whether `stream_options: {"include_usage": true}` is understood; others send usage anyway or not at all. */
  readonly takesStreamOptions: boolean;
  readonly takesJsonSchema: boolean;
  /** Whether `reasoning_effort` is understood. */
  readonly takesReasoningEffort: boolean;
  /** Field in which earlier reasoning goes back to the vendor; null: it must be left out. */
  readonly reasoningField: "reasoning_content" | "reasoning" | null;
  readonly takesTopK: boolean;
  readonly takesSeed: "seed" | "random_seed" | null;
  readonly takesParallelToolCalls: boolean;
  readonly takesLogprobs: boolean;
  readonly takesPenalties: boolean;
  /** What the vendor calls `tool_choice: "required"`. */
  readonly requiredToolChoice: "required" | "any";
  /** Reasoning tokens are counted beside `completion_tokens`, not within (xAI). */
  readonly reasoningBesideOutput: boolean;
}

export const OPENAI_QUIRKS: OpenAiChatQuirks = {
  maxTokensField: "max_completion_tokens",
  takesStreamOptions: true,
  takesJsonSchema: true,
  takesReasoningEffort: true,
  reasoningField: null,
  takesTopK: false,
  takesSeed: "seed",
  takesParallelToolCalls: true,
  takesLogprobs: true,
  takesPenalties: true,
  requiredToolChoice: "required",
  reasoningBesideOutput: false,
};

/** What most servers of the format take: the older field for the limit, and top_k. */
export const COMPATIBLE_QUIRKS: OpenAiChatQuirks = {
  ...OPENAI_QUIRKS,
  maxTokensField: "max_tokens",
  takesTopK: true,
  reasoningField: "reasoning_content",
};
