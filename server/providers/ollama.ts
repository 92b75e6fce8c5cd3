import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "ollama",
  baseUrl: "http://127.0.0.1:11434/v1",
  prices: null,
  quirks: {
    refuses: () => [
      "top_k",
      "n",
      "logit_bias",
      "logprobs",
      "top_logprobs",
      "tool_choice",
      "parallel_tool_calls",
      "metadata",
      "service_tier",
      "user",
    ],
  },
  abilities: { documents: false },
});
