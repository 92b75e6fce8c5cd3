import { defineDialect } from "../dialect.ts";
import { renderGeminiFault } from "./_gemini/fault.ts";
import { EVENTS } from "./_gemini/framing.ts";
import { parseGemini } from "./_gemini/parse.ts";
import { renderGemini } from "./_gemini/render.ts";
import { renderGeminiStream } from "./_gemini/render-stream.ts";

/** `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent?alt=sse` */
export default defineDialect({
  name: "gemini",
  format: "gemini",
  streamType: "text/event-stream",
  parse: parseGemini,
  render: renderGemini,
  renderStream: (context) => renderGeminiStream(context, EVENTS),
  renderFault: renderGeminiFault,
});
