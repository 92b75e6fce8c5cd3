import { conversationFromPrompt } from "../../engine/conversation.ts";
import { groupOf, promptIdOf } from "../prompt-id.ts";
import type { PromptRow, QualityTable, Split } from "../quality-table.ts";

export interface PromptSpec {
  readonly text: string;
  readonly group?: string;
  readonly split?: Split | null;
  readonly source?: string;
  readonly task?: string | null;
}

/** A table of prompts, one model each right with certainty, for tests that look at rows and not at outcomes. */
export function tableOf(specs: readonly PromptSpec[], models: readonly string[] = ["m"]): QualityTable {
  const prompts = specs.map(
    ({ text, group, split, source, task }, row): PromptRow => ({
      promptId: `${promptIdOf(source ?? "s", text)}-${row}`,
      conversation: conversationFromPrompt(text),
      task: task ?? null,
      source: source ?? "s",
      split: split ?? null,
      group: group ?? groupOf(text),
      extras: {},
    }),
  );
  return {
    prompts,
    models,
    quality: new Float32Array(prompts.length * models.length).fill(1),
    costUsd: null,
    inputTokens: null,
    outputTokens: null,
    latencyMs: null,
    propensity: null,
    lineage: [],
  };
}
