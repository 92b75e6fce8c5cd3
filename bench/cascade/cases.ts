import type { PromptRow } from "../../datasets/quality-table.ts";

/** Models of one source, and which of its prompts. */
export interface CascadeCase {
  readonly name: string;
  readonly source: string;
  readonly models: readonly string[];
  /** Prompts that take part; all when absent. */
  readonly isUsed?: (prompt: PromptRow) => boolean;
  /** Whether the prices and the traffic are such that looking at answers must not be worth it. */
  readonly declines?: boolean;
}

const FLASH_002 = "gemini-1.5-flash-002";
const PRO_002 = "gemini-1.5-pro-002";
const FLASH = "gemini-1.5-flash";
const MINI = "gpt-4o-mini-2024-07-18";
const SONNET = "claude-3-5-sonnet-20241022";
const LLAMA_8B = "llama-3.1-8b-instruct";
const LLAMA_70B = "llama-3.1-70b-instruct";
const MIXTRAL = "mixtral-8x7b-instruct-v0.1";

export const CASES = {
  mmluproPair: { name: "MMLU-Pro flash -> pro", source: "mmlupro", models: [FLASH_002, PRO_002] },
  zeroevalTrio: { name: "ZeroEval flash + 4o-mini -> sonnet", source: "zeroeval", models: [FLASH, MINI, SONNET] },
  gsm8kPair: {
    name: "GSM8K mixtral -> gpt-4",
    source: "routellm",
    models: [MIXTRAL, "gpt-4-1106-preview"],
    isUsed: ({ task, extras }) => task === "gsm8k" && extras.routellm_excluded !== true,
  },
  mmluproPool: {
    name: "MMLU-Pro, 5 models",
    source: "mmlupro",
    models: ["phi-3-mini-4k-instruct", FLASH_002, LLAMA_8B, LLAMA_70B, PRO_002],
  },
  zeroevalPool: {
    name: "ZeroEval, 7 models",
    source: "zeroeval",
    models: [FLASH, LLAMA_8B, MINI, "claude-3-haiku-20240307", LLAMA_70B, "gpt-4o-2024-08-06", SONNET],
  },
  zeroevalPair: { name: "ZeroEval flash -> sonnet", source: "zeroeval", models: [FLASH, SONNET] },
  llamaPair: {
    name: "MMLU-Pro llama-8b -> llama-70b",
    source: "mmlupro",
    models: [LLAMA_8B, LLAMA_70B],
    declines: true,
  },
  mixtralPair: { name: "MMLU-Pro mixtral -> pro", source: "mmlupro", models: [MIXTRAL, PRO_002], declines: true },
} as const satisfies Record<string, CascadeCase>;
