/** A vendor that `weir init` knows to set up from the environment. */
export interface VendorSetup {
  /** Name of the upstream. */
  readonly upstream: string;
  readonly provider: string;
  /** Variables that may hold its key, the usual one first; the vendor is used when one is set. */
  readonly keys: readonly string[];
  /** Settings beside the key, by the variable that holds each. */
  readonly settings?: Readonly<Record<string, { readonly variables: readonly string[]; readonly otherwise?: string }>>;
  /** Models that are listed as candidates: a small one, then a strong one. */
  readonly models: readonly string[];
}

/** Vendors in the order in which they are preferred as a route's incumbent. */
export const VENDORS: readonly VendorSetup[] = [
  { upstream: "openai", provider: "openai", keys: ["OPENAI_API_KEY"], models: ["gpt-4.1-mini", "gpt-4.1"] },
  {
    upstream: "anthropic",
    provider: "anthropic",
    keys: ["ANTHROPIC_API_KEY"],
    models: ["claude-haiku-4-5", "claude-sonnet-4-5"],
  },
  {
    upstream: "google",
    provider: "google",
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    models: ["gemini-2.5-flash", "gemini-2.5-pro"],
  },
  {
    upstream: "mistral",
    provider: "mistral",
    keys: ["MISTRAL_API_KEY"],
    models: ["mistral-small-latest", "mistral-large-latest"],
  },
  { upstream: "deepseek", provider: "deepseek", keys: ["DEEPSEEK_API_KEY"], models: ["deepseek-chat"] },
  { upstream: "xai", provider: "xai", keys: ["XAI_API_KEY"], models: ["grok-3-mini", "grok-3"] },
  {
    upstream: "groq",
    provider: "groq",
    keys: ["GROQ_API_KEY"],
    models: ["llama-3.1-8b-instant", "llama-3.3-70b-versatile"],
  },
  {
    upstream: "cohere",
    provider: "cohere",
    keys: ["COHERE_API_KEY", "CO_API_KEY"],
    models: ["command-r", "command-r-plus"],
  },
  {
    upstream: "together",
    provider: "together",
    keys: ["TOGETHER_API_KEY", "TOGETHERAI_API_KEY"],
    models: ["meta-llama/Llama-3.3-70B-Instruct-Turbo"],
  },
  {
    upstream: "fireworks",
    provider: "fireworks",
    keys: ["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"],
    models: ["accounts/fireworks/models/gpt-oss-20b", "accounts/fireworks/models/gpt-oss-120b"],
  },
  {
    upstream: "openrouter",
    provider: "openrouter",
    keys: ["OPENROUTER_API_KEY"],
    models: ["meta-llama/llama-3.3-70b-instruct"],
  },
  {
    upstream: "azure",
    provider: "azure-openai",
    keys: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    settings: { baseUrl: { variables: ["AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE"] } },
    models: ["gpt-4o-mini", "gpt-4o"],
  },
  {
    upstream: "bedrock",
    provider: "bedrock",
    keys: ["AWS_BEARER_TOKEN_BEDROCK"],
    settings: { "options.region": { variables: ["AWS_REGION", "AWS_DEFAULT_REGION"], otherwise: "us-east-1" } },
    models: ["amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0"],
  },
];
