import { defineDialect } from "../dialect.ts";
import { renderOpenAiFault } from "./_openai-chat/fault.ts";
import { parseOpenAiChat } from "./_openai-chat/parse.ts";
import { renderOpenAiChat } from "./_openai-chat/render.ts";
import { renderOpenAiStream } from "./_openai-chat/render-stream.ts";

/** `POST /v1/chat/completions` */
export default defineDialect({
  name: "openai-chat",
  format: "openai-chat",
  streamType: "text/event-stream",
  parse: parseOpenAiChat,
  render: renderOpenAiChat,
  renderStream: renderOpenAiStream,
  renderFault: renderOpenAiFault,
});
