import { openAiChatProvider } from "./_openai-chat/provider.ts";

/** Answers from a search of the web; what it read comes as citations. */
export default openAiChatProvider({
  name: "perplexity",
  baseUrl: "https://api.perplexity.ai",
  prices: "perplexity",
  quirks: {
    takesStreamOptions: false,
    reasoningField: null,
    refuses: () => [
      "tools",
      "tool_choice",
      "parallel_tool_calls",
      "stop",
      "seed",
      "n",
      "logit_bias",
      "logprobs",
      "top_logprobs",
      "metadata",
      "service_tier",
      "user",
    ],
  },
  abilities: { tools: false, documents: false, embeddings: false },
});
