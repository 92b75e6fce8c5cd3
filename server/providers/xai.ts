import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "xai",
  baseUrl: "https://api.x.ai/v1",
  prices: "x-ai",
  quirks: { takesTopK: false, reasoningField: null, reasoningBesideOutput: true },
  abilities: { documents: false },
});
