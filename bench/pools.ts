/** Model pools of the studies, so that every figure says which models it chose among. */
export interface PoolDefinition {
  readonly name: string;
  readonly source: string;
  readonly models: readonly string[];
}

const ROUTERBENCH_11 = [
  "gpt-4-1106-preview",
  "yi-34b-chat",
  "gpt-3.5-turbo-1106",
  "claude-1",
  "mixtral-8x7b-instruct-v0.1",
  "claude-instant-1",
  "llama-2-70b-chat",
  "codellama-34b-instruct",
  "claude-2",
  "mistral-7b-chat",
  "wizardlm-13b-v1.2",
] as const;

const MMLUPRO_CHAT_12 = [
  "gemini-1.5-pro-002",
  "gemini-1.5-flash-002",
  "llama-3.1-70b-instruct",
  "jamba-1.5-large",
  "qwen1.5-72b-chat",
  "llama-3.1-8b-instruct",
  "mathstral-7b",
  "mixtral-8x7b-instruct-v0.1",
  "phi-3-mini-4k-instruct",
  "command-r",
  "mistral-7b-instruct-v0.2",
  "mistral-7b-instruct-v0.1",
] as const;

const ZEROEVAL_15 = [
  "gpt-4o-2024-08-06",
  "gpt-4o-mini-2024-07-18",
  "claude-3-haiku-20240307",
  "claude-3-5-sonnet-20241022",
  "gemini-1.5-pro",
  "gemini-1.5-flash",
  "llama-3.1-8b-instruct",
  "llama-3.1-70b-instruct",
  "llama-3.1-405b-instruct",
  "qwen2-7b-instruct",
  "claude-3-5-haiku-20241022",
  "mistral-large-2407",
  "deepseek-v2.5-0908",
  "qwen2-72b-instruct",
  "gemma-2-27b-it",
] as const;

export const POOLS = {
  routerbench: { name: "routerbench", source: "routerbench", models: ROUTERBENCH_11 },
  mmlupro: { name: "mmlupro (12 chat)", source: "mmlupro", models: MMLUPRO_CHAT_12 },
  zeroeval: { name: "zeroeval (15)", source: "zeroeval", models: ZEROEVAL_15 },
} as const satisfies Record<string, PoolDefinition>;

/** The pair of RouteLLM: the strong model and the weak one. */
export const ROUTELLM_PAIR = { strong: "gpt-4-1106-preview", weak: "mixtral-8x7b-instruct-v0.1" } as const;

/** Sources whose prompts and task names are known to every study; outcomes come from the study's own source alone. */
export const TASK_SOURCES = ["routellm", "routerbench", "mmlupro", "zeroeval", "routerdc7", "llmrouter9"] as const;
