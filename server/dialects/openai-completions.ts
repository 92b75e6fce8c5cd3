import { defineDialect } from "../dialect.ts";
import { renderOpenAiFault } from "./_openai-chat/fault.ts";
import { parseCompletions } from "./_openai-completions/parse.ts";
import { renderCompletions } from "./_openai-completions/render.ts";
import { renderCompletionsStream } from "./_openai-completions/render-stream.ts";

/** `POST /v1/completions` */
export default defineDialect({
  name: "openai-completions",
  format: "openai-completions",
  streamType: "text/event-stream",
  parse: parseCompletions,
  render: renderCompletions,
  renderStream: renderCompletionsStream,
  renderFault: renderOpenAiFault,
});
