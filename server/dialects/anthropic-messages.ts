import { defineDialect } from "../dialect.ts";
import { renderAnthropicFault } from "./_anthropic-messages/fault.ts";
import { parseAnthropicMessages } from "./_anthropic-messages/parse.ts";
import { renderAnthropicMessage } from "./_anthropic-messages/render.ts";
import { renderAnthropicStream } from "./_anthropic-messages/render-stream.ts";

/** `POST /v1/messages` */
export default defineDialect({
  name: "anthropic-messages",
  format: "anthropic-messages",
  streamType: "text/event-stream",
  parse: parseAnthropicMessages,
  render: renderAnthropicMessage,
  renderStream: renderAnthropicStream,
  renderFault: renderAnthropicFault,
});
