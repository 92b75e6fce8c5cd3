import { isUtf8 } from "node:buffer";
import fp from "fastify-plugin";
import { ApiError } from "../errors.ts";
import { JsonSyntaxError, scanValue } from "../json-scan.ts";

/** JSON bodies only, and only well-formed ones: broken UTF-8 is refused instead of being patched silently. */
export const jsonBodyPlugin = fp(
  async (app) => {
    const parse = app.getDefaultJsonParser("error", "error");
    app.removeAllContentTypeParsers();
    app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
      // Many clients name the type of the body that a DELETE does not have.
      if (body.length === 0 && request.method === "DELETE") {
        done(null, undefined);
        return;
      }
      if (!isUtf8(body)) {
        done(new ApiError("invalid_utf8", "the body is not well-formed UTF-8"));
        return;
      }
      parse(request, body.toString("utf8"), (error, value) => {
        if (error === null || error === undefined) done(null, value);
        else if ((error as { code?: string }).code === "FST_ERR_CTP_EMPTY_JSON_BODY") done(error);
        else done(new ApiError("invalid_json", whyNot(body)));
      });
    });
  },
  { name: "json-body" },
);

/** Why a body was not parsed, with the place; the parser keeps that to itself. */
function whyNot(body: Buffer): string {
  try {
    scanValue(body);
    JSON.parse(body.toString("utf8"));
  } catch (error) {
    return error instanceof JsonSyntaxError
      ? error.message
      : "the body is not valid JSON: a string holds a bad escape or a control character";
  }
  return "the body names a field __proto__ or constructor.prototype, which is not taken";
}
