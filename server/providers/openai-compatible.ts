import { openAiChatProvider } from "./_openai-chat/provider.ts";

/** Any server of the OpenAI chat format; its base URL comes from the configuration and ends in /v1. */
export default openAiChatProvider({ name: "openai-compatible", baseUrl: null, prices: null });
