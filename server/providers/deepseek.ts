import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "deepseek",
  baseUrl: "https://api.deepseek.com/v1",
  prices: "deepseek",
  quirks: {
    takesJsonSchema: false,
    takesTopK: false,
    takesSeed: null,
    takesParallelToolCalls: false,
    takesReasoningEffort: false,
    reasoningField: null,
  },
  abilities: { images: false, documents: false, embeddings: false },
});
