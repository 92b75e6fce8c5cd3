import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "moonshot",
  baseUrl: "https://api.moonshot.ai/v1",
  prices: "moonshotai",
  quirks: {
    refuses: () => ["top_k", "seed", "logit_bias", "logprobs", "top_logprobs", "metadata", "service_tier", "user"],
  },
  abilities: { documents: false, embeddings: false },
});
