import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "ollama",
  baseUrl: "http://127.0.0.1:11434/v1",
  prices: null,
  quirks: { takesParallelToolCalls: false, takesLogprobs: false, takesTopK: false },
});
