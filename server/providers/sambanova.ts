import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({ name: "sambanova", baseUrl: "https://api.sambanova.ai/v1", prices: null });
