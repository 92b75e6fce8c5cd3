import { defineDialect } from "../dialect.ts";
import { renderOpenAiFault } from "./_openai-chat/fault.ts";
import { createItemMemory } from "./_openai-responses/item-memory.ts";
import { parseResponses } from "./_openai-responses/parse.ts";
import { renderResponses } from "./_openai-responses/render.ts";
import { renderResponsesStream } from "./_openai-responses/render-stream.ts";

const memory = createItemMemory();

/** `POST /v1/responses` */
export default defineDialect({
  name: "openai-responses",
  format: "openai-responses",
  streamType: "text/event-stream",
  parse: (body) => parseResponses(body, memory),
  render: (result, context) => renderResponses(result, context, memory),
  renderStream: (context) => renderResponsesStream(context, memory),
  renderFault: renderOpenAiFault,
});
