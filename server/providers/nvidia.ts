import { openAiChatProvider } from "./_openai-chat/provider.ts";

/** NVIDIA's hosted NIM models. */
export default openAiChatProvider({ name: "nvidia", baseUrl: "https://integrate.api.nvidia.com/v1", prices: null });
