import { defineDialect } from "../dialect.ts";
import { renderGeminiFault } from "./_gemini/fault.ts";
import { parseGemini } from "./_gemini/parse.ts";
import { renderGemini } from "./_gemini/render.ts";
import { renderGeminiStream } from "./_gemini/render-stream.ts";

/**
 * `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent?alt=sse`; without `alt` the gateway turns the
 * same events into one JSON array.
 */
export default defineDialect({
  name: "gemini",
  format: "gemini",
  streamType: "text/event-stream",
  parse: parseGemini,
  render: renderGemini,
  renderStream: renderGeminiStream,
  renderFault: renderGeminiFault,
});
