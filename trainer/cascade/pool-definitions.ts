import type { AnswerKind } from "../../engine/answer/answer-kind.ts";

/** A pool to learn a cascade for: models of one source whose answers were recorded, and the requests it is for. */
export interface CascadePoolDefinition {
  readonly name: string;
  readonly source: string;
  /** Prompts of these tasks; all of the source when absent. */
  readonly tasks?: readonly string[];
  readonly kinds: readonly AnswerKind[];
  /** In any order; those that the data or the artifact does not have are left out. `accepts`: the same under other names. */
  readonly members: readonly { readonly model: string; readonly accepts?: readonly string[] }[];
}

/** What the shipped artifacts learn: sources whose licence allows it, on short answers that were graded exactly. */
export const DEFAULT_CASCADE_POOLS: readonly CascadePoolDefinition[] = [
  {
    name: "zeroeval",
    source: "zeroeval",
    kinds: ["number", "value"],
    members: [
      { model: "gemini-1.5-flash", accepts: ["gemini-1.5-flash-002"] },
      { model: "llama-3.1-8b-instruct" },
      { model: "gpt-4o-mini-2024-07-18" },
      { model: "claude-3-haiku-20240307" },
      { model: "claude-3-5-haiku-20241022" },
      { model: "llama-3.1-70b-instruct" },
      { model: "gemini-1.5-pro", accepts: ["gemini-1.5-pro-002"] },
      { model: "gpt-4o-2024-08-06", accepts: ["gpt-4o-2024-05-13"] },
      { model: "claude-3-5-sonnet-20241022", accepts: ["claude-3-5-sonnet-20240620"] },
    ],
  },
  {
    name: "mmlu-pro",
    source: "mmlupro",
    kinds: ["choice"],
    members: [
      { model: "phi-3-mini-4k-instruct" },
      { model: "gemini-1.5-flash-002", accepts: ["gemini-1.5-flash"] },
      { model: "llama-3.1-8b-instruct" },
      { model: "mixtral-8x7b-instruct-v0.1" },
      { model: "llama-3.1-70b-instruct" },
      { model: "gemini-1.5-pro-002", accepts: ["gemini-1.5-pro"] },
    ],
  },
  {
    name: "gsm8k",
    source: "routellm",
    tasks: ["gsm8k"],
    kinds: ["number"],
    members: [
      { model: "mixtral-8x7b-instruct-v0.1" },
      { model: "gpt-4-1106-preview", accepts: ["gpt-4-turbo-2024-04-09"] },
    ],
  },
];
