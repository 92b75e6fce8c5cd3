import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "fireworks",
  baseUrl: "https://api.fireworks.ai/inference/v1",
  prices: "fireworks",
});
