import { openAiChatProvider } from "./_openai-chat/provider.ts";
import { xaiReasoning } from "./_openai-chat/reasoning.ts";

/** Grok's reasoning models take neither penalties nor stop sequences. */
const REASONS = /grok-(3-mini|4|5|code)/;

export default openAiChatProvider({
  name: "xai",
  baseUrl: "https://api.x.ai/v1",
  prices: "x-ai",
  quirks: {
    maxTokensField: "max_completion_tokens",
    reasoning: xaiReasoning,
    reasoningField: null,
    refuses: (model) => [
      "top_k",
      "logit_bias",
      "metadata",
      "service_tier",
      ...(REASONS.test(model) && !model.includes("non-reasoning")
        ? ["presence_penalty", "frequency_penalty", "stop"]
        : []),
    ],
    reasoningBesideOutput: true,
  },
  abilities: { documents: false, embeddings: false },
});
