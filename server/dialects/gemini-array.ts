import { defineDialect } from "../dialect.ts";
import { renderGeminiFault } from "./_gemini/fault.ts";
import { ARRAY } from "./_gemini/framing.ts";
import { parseGemini } from "./_gemini/parse.ts";
import { renderGemini } from "./_gemini/render.ts";
import { renderGeminiStream } from "./_gemini/render-stream.ts";

/** `POST /v1beta/models/{model}:streamGenerateContent` without `alt=sse`: the stream is one JSON array. */
export default defineDialect({
  name: "gemini-array",
  format: "gemini",
  streamType: "application/json",
  parse: parseGemini,
  render: renderGemini,
  renderStream: (context) => renderGeminiStream(context, ARRAY),
  renderFault: renderGeminiFault,
});
