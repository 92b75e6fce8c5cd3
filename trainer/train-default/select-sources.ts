import type { QualityTable } from "../../datasets/quality-table.ts";
import { selectTable } from "../../datasets/select-table.ts";

/** Sources whose licence allows shipping weights made from them. */
export const DEFAULT_SOURCES = ["routellm", "mmlupro", "zeroeval", "routerbench", "llmrouter9"] as const;

/** Completion models of MMLU-Pro: nobody routes requests to them. */
const BASE_MODELS = new Set([
  "gemma-7b",
  "llama-2-13b-hf",
  "llama-2-70b-hf",
  "llama-2-7b-hf",
  "llama-3-70b",
  "llama-3-8b",
  "llama-3.1-70b",
  "llama-3.1-8b",
  "mistral-7b-v0.1",
  "mistral-7b-v0.2",
  "mixtral-8x7b-v0.1",
  "qwen1.5-110b",
  "yi-34b",
  "yi-6b",
]);

/**
 * What the shipped router may learn from: of RouterBench only the part that Frontier-CS published under MIT (the rest
 * carries a `repo_split` of a repository without a licence), no completion models, no prompts that RouteLLM excludes.
 */
export function selectDefault(table: QualityTable): QualityTable {
  const rows = table.prompts.flatMap(({ source, extras }, row) => {
    const isUnlicensed =
      source === "routerbench" && extras["repo_split"] !== undefined && extras["repo_split"] !== null;
    return isUnlicensed || extras["routellm_excluded"] === true ? [] : [row];
  });
  const chosen = selectTable(table, {
    rows,
    models: table.models.filter((model) => !BASE_MODELS.has(model)),
    dropUnlabelled: true,
  });
  return {
    ...chosen,
    prompts: chosen.prompts.map((prompt) =>
      prompt.source === "routerbench" ? { ...prompt, source: "frontier-cs" } : prompt,
    ),
    lineage: chosen.lineage.map((entry) =>
      entry.source === "routerbench" ? { ...entry, source: "frontier-cs" } : entry,
    ),
  };
}
