import { isUtf8 } from "node:buffer";
import fp from "fastify-plugin";
import { ApiError } from "../errors.ts";

/** JSON bodies only, and only well-formed ones: broken UTF-8 is refused instead of being patched silently. */
export const jsonBodyPlugin = fp(
  async (app) => {
    const parse = app.getDefaultJsonParser("error", "error");
    app.removeAllContentTypeParsers();
    app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
      if (!isUtf8(body)) {
        done(new ApiError("invalid_utf8", "the body is not well-formed UTF-8"));
        return;
      }
      parse(request, body.toString("utf8"), (error, value) => {
        if (error === null || error === undefined) done(null, value);
        else if ((error as { code?: string }).code === "FST_ERR_CTP_EMPTY_JSON_BODY") done(error);
        else done(new ApiError("invalid_json", `the body is not JSON: ${shortened(error.message)}`));
      });
    });
  },
  { name: "json-body" },
);

/** The parser quotes the input; enough of it to find the place. */
function shortened(message: string): string {
  return message.length > 160 ? `${message.slice(0, 160)}...` : message;
}
