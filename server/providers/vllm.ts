import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "vllm",
  baseUrl: "http://127.0.0.1:8000/v1",
  prices: null,
  quirks: { refuses: () => ["metadata", "service_tier"] },
});
