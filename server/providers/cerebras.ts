import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "cerebras",
  baseUrl: "https://api.cerebras.ai/v1",
  prices: "cerebras",
  quirks: {
    maxTokensField: "max_completion_tokens",
    reasoningField: "reasoning",
    refuses: () => ["top_k", "n", "logit_bias", "presence_penalty", "frequency_penalty", "metadata", "service_tier"],
  },
  abilities: { images: false, documents: false, embeddings: false },
});
