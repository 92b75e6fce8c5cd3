import { nineLetterCallId } from "./_openai-chat/call-ids.ts";
import { openAiChatProvider } from "./_openai-chat/provider.ts";
import { noReasoning } from "./_openai-chat/reasoning.ts";

/** Mistral refuses every field that it does not know. */
export default openAiChatProvider({
  name: "mistral",
  baseUrl: "https://api.mistral.ai/v1",
  prices: "mistral",
  quirks: {
    takesStreamOptions: false,
    reasoning: noReasoning,
    reasoningField: null,
    seedField: "random_seed",
    requiredToolChoice: "any",
    refuses: () => [
      "top_k",
      "logprobs",
      "top_logprobs",
      "logit_bias",
      "user",
      "service_tier",
      "store",
      "verbosity",
      "modalities",
      "audio",
      "web_search_options",
      "safety_identifier",
      "prompt_cache_retention",
    ],
    callId: nineLetterCallId,
    documents: "document_url",
    partsToolFromUser: true,
  },
});
