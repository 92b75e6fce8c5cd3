import { shortCallId } from "./call-ids.ts";
import { refusedBy } from "./openai-facts.ts";
import { openAiEffort, plainEffort, type ReasoningStyle } from "./reasoning.ts";

/** Where vendors of the OpenAI chat format differ from each other, as data. */
export interface OpenAiChatQuirks {
  /** Name of the field that limits the answer. */
  readonly maxTokensField: "max_completion_tokens" | "max_tokens";
  /** Whether `stream_options: {"include_usage": true}` is understood; others send usage anyway or not at all. */
  readonly takesStreamOptions: boolean;
  /** Whether `response_format` of type `json_schema` is understood, by model. */
  readonly takesJsonSchema: (model: string) => boolean;
  readonly reasoning: ReasoningStyle;
  /** Field in which earlier reasoning goes back to the vendor; null: it must be left out. */
  readonly reasoningField: "reasoning_content" | "reasoning" | null;
  /** Name of the field of the seed. */
  readonly seedField: "seed" | "random_seed";
  /** What the vendor calls `tool_choice: "required"`. */
  readonly requiredToolChoice: "required" | "any";
  /** Fields of a finished body that the model refuses or the vendor does not know; they are left out and noted. */
  readonly refuses: (model: string, body: Readonly<Record<string, unknown>>) => readonly string[];
  /** Hints to the vendor that are left out without a note: they ask for nothing that the client would miss. */
  readonly ignores: readonly string[];
  readonly callId: (id: string) => string;
  /** Whether an assistant's refusal has a field of its own; else it is text. */
  readonly takesRefusal: boolean;
  readonly takesImages: boolean;
  /** How a document that is not text goes along; null: not at all. */
  readonly documents: "file" | "document_url" | null;
  /** A user's turn right behind a tool's result is refused (Mistral). */
  readonly partsToolFromUser: boolean;
  /** Reasoning tokens are counted beside `completion_tokens`, not within (xAI). */
  readonly reasoningBesideOutput: boolean;
}

export const OPENAI_QUIRKS: OpenAiChatQuirks = {
  maxTokensField: "max_completion_tokens",
  takesStreamOptions: true,
  takesJsonSchema: () => true,
  reasoning: openAiEffort,
  reasoningField: null,
  seedField: "seed",
  requiredToolChoice: "required",
  refuses: (model, body) => [
    "top_k",
    // Metadata belongs to stored answers.
    ...(body["store"] === true ? [] : ["metadata"]),
    ...refusedBy(model, body),
  ],
  ignores: [],
  callId: shortCallId,
  takesRefusal: true,
  takesImages: true,
  documents: "file",
  partsToolFromUser: false,
  reasoningBesideOutput: false,
};

/** What most servers of the format take: the older field for the limit, `top_k`, open reasoning given back. */
export const COMPATIBLE_QUIRKS: OpenAiChatQuirks = {
  ...OPENAI_QUIRKS,
  maxTokensField: "max_tokens",
  reasoning: plainEffort,
  reasoningField: "reasoning_content",
  refuses: () => ["metadata", "service_tier"],
  ignores: ["prompt_cache_key"],
  callId: (id) => id,
  takesRefusal: false,
};
