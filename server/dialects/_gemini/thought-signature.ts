import { sealSignature } from "../../signature.ts";
import { showProof } from "../_shared/proof.ts";

const SECRET_MARK = "weir.secret:";

/** What stands in a `thoughtSignature`: the proof of a part, or the secret reasoning of another vendor. */
export interface ShownThought {
  readonly signature: string | null;
  readonly redacted: string | null;
}

/**
 * A sealed proof as a `thoughtSignature`. The field is bytes in base64, and Google's Python client decodes it, so what
 * is not Google's own is wrapped.
 */
export function showThought({ signature, redacted }: ShownThought): string | undefined {
  if (redacted !== null) return wrap(SECRET_MARK + redacted);
  if (signature === null) return undefined;
  const shown = showProof("google", signature);
  return shown === signature ? wrap(shown) : shown;
}

export function readThought(shown: string | null | undefined): ShownThought {
  if (shown == null || shown === "") return { signature: null, redacted: null };
  // Either alphabet of base64: clients that decode it encode it again in their own.
  const text = Buffer.from(shown, "base64").toString("utf8");
  if (text.startsWith(SECRET_MARK)) return { signature: null, redacted: text.slice(SECRET_MARK.length) };
  if (text.startsWith("weir.")) return { signature: text, redacted: null };
  return { signature: shown.startsWith("weir.") ? shown : sealSignature("google", shown), redacted: null };
}

function wrap(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
