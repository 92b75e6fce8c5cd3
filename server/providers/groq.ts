import { openAiChatProvider } from "./_openai-chat/provider.ts";
import { groqReasoning } from "./_openai-chat/reasoning.ts";

const TIERS = new Set<unknown>(["auto", "on_demand", "flex", "performance"]);

export default openAiChatProvider({
  name: "groq",
  baseUrl: "https://api.groq.com/openai/v1",
  prices: "groq",
  quirks: {
    maxTokensField: "max_completion_tokens",
    takesJsonSchema: (model) => /gpt-oss|kimi|llama-4|qwen3/.test(model),
    reasoning: groqReasoning,
    reasoningField: "reasoning",
    refuses: (_model, { service_tier: tier }) => [
      "top_k",
      "logprobs",
      "top_logprobs",
      "logit_bias",
      "n",
      "metadata",
      ...(TIERS.has(tier) ? [] : ["service_tier"]),
    ],
  },
  abilities: { documents: false, embeddings: false },
});
