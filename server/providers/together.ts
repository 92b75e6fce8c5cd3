import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({ name: "together", baseUrl: "https://api.together.xyz/v1", prices: "together" });
