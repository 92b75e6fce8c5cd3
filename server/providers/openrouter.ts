import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "openrouter",
  baseUrl: "https://openrouter.ai/api/v1",
  prices: "openrouter",
  quirks: { reasoningField: "reasoning" },
});
