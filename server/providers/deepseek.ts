import { openAiChatProvider } from "./_openai-chat/provider.ts";
import { deepSeekThinking } from "./_openai-chat/reasoning.ts";

export default openAiChatProvider({
  name: "deepseek",
  baseUrl: "https://api.deepseek.com/v1",
  prices: "deepseek",
  quirks: {
    takesJsonSchema: () => false,
    reasoning: deepSeekThinking,
    refuses: () => ["top_k", "seed", "n", "logit_bias", "parallel_tool_calls", "metadata", "service_tier", "user"],
  },
  abilities: { images: false, documents: false, jsonSchema: false, embeddings: false },
});
