import type { EmbedRequest } from "../../embed.ts";
import { faultOf, UpstreamFaultError } from "../../upstream-fault.ts";

/** @throws UpstreamFaultError `invalid_request`: only OpenAI's own models read token ids */
export function textsOf(request: EmbedRequest): string[] {
  return request.inputs.map((input) => {
    if (typeof input === "string") return input;
    throw new UpstreamFaultError(
      faultOf("invalid_request", "this model takes texts, not token ids", { param: "input" }),
    );
  });
}
