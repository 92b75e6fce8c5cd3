import { openAiChatProvider } from "./_openai-chat/provider.ts";

export default openAiChatProvider({
  name: "deepinfra",
  baseUrl: "https://api.deepinfra.com/v1/openai",
  prices: null,
});
