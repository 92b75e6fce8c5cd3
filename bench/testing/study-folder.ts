import { POOLS, ROUTELLM_PAIR } from "../pools.ts";
import { tinyDataFolder } from "./tiny-data.ts";

const BFCL_MODELS = [
  "caller",
  "mixtral-8x7b-instruct-v0.1",
  "gemini-1.5-flash-preview-0514",
  "gpt-4o-mini-2024-07-18",
  "claude-3-5-sonnet-20240620",
  "gemini-1.5-pro-preview-0514",
];

/**
 * A made-up data folder with a little of every source that a study reads.
 * @param share of the prompts, for whom it is enough that a study runs
 */
export async function studyFolder(share = 1): Promise<string> {
  const pair = [ROUTELLM_PAIR.weak, ROUTELLM_PAIR.strong];
  const dcTasks = ["mmlu", "gsm8k", "cmmlu", "arc_challenge", "humaneval", "math_prealgebra", "mbpp", "ceval"];
  return tinyDataFolder([
    {
      source: "routellm",
      models: pair,
      prompts: 260 * share,
      tasks: ["mmlu/law", "gsm8k"],
      hasAnswers: true,
      extras: (index) => (index % 50 === 0 ? { routellm_excluded: true } : {}),
    },
    { source: "routerbench", models: POOLS.routerbench.models, prompts: 200 * share, tasks: ["arc", "mbpp"] },
    {
      source: "mmlupro",
      models: POOLS.mmlupro.models,
      prompts: 200 * share,
      tasks: ["law", "physics"],
      hasAnswers: true,
    },
    {
      source: "zeroeval",
      models: POOLS.zeroeval.models,
      prompts: 200 * share,
      tasks: ["gsm", "crux"],
      hasAnswers: true,
    },
    {
      source: "routerdc7",
      models: ["a7", "b7", "c7"],
      prompts: 400 * share,
      tasks: dcTasks,
      hasCosts: false,
      extras: (index) => ({ repo_split: index % 8 > 4 ? "ood" : index % 16 < 8 ? "train" : "test" }),
    },
    {
      source: "llmrouter9",
      models: ["llama-3.1-8b-instruct", "gemma"],
      prompts: 200 * share,
      tasks: ["qa"],
      hasCosts: false,
    },
    { source: "bfcl", models: BFCL_MODELS, prompts: 200 * share, tasks: ["simple"], hasLatency: true },
    { source: "alpacaeval", models: ["gpt-4-1106-preview", "writer"], prompts: 200 * share, tasks: ["koala"] },
  ]);
}
