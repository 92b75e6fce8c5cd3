import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "mistral",
  baseUrl: "https://api.mistral.ai/v1",
  prices: "mistral",
  quirks: {
    takesStreamOptions: false,
    takesTopK: false,
    takesSeed: "random_seed",
    takesLogprobs: false,
    takesReasoningEffort: false,
    reasoningField: null,
    requiredToolChoice: "any",
  },
});
