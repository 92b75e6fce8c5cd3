import { openAiChatProvider } from "./_openai-chat/provider.ts";
import { openRouterReasoning } from "./_openai-chat/reasoning.ts";

export default openAiChatProvider({
  name: "openrouter",
  baseUrl: "https://openrouter.ai/api/v1",
  prices: "openrouter",
  quirks: {
    reasoning: openRouterReasoning,
    reasoningField: "reasoning",
    refuses: () => ["metadata", "n"],
    ignores: [],
  },
});
