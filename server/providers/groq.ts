import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "groq",
  baseUrl: "https://api.groq.com/openai/v1",
  prices: "groq",
  quirks: {
    maxTokensField: "max_completion_tokens",
    takesTopK: false,
    reasoningField: "reasoning",
    takesLogprobs: false,
  },
});
