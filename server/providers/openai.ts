import { openAiChatProvider } from "./_openai-chat/provider.ts";
import { OPENAI_QUIRKS } from "./_openai-chat/quirks.ts";

export default openAiChatProvider({
  name: "openai",
  baseUrl: "https://api.openai.com/v1",
  prices: "openai",
  quirks: OPENAI_QUIRKS,
});
