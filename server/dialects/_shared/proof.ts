import { openSignature, type SignatureFamily, sealSignature } from "../../signature.ts";

/**
 * A proof as a client sent it, sealed: one without a seal was shown raw because it is of the dialect's own family, or
 * came from that vendor itself. null for none.
 */
export function sealProof(family: SignatureFamily, shown: string | null | undefined): string | null {
  if (shown === null || shown === undefined || shown === "") return null;
  return shown.startsWith("weir.") ? shown : sealSignature(family, shown);
}

/**
 * A sealed proof as a client sees it: raw for the dialect's own family, so that the vendor's own API takes the
 * conversation untouched; sealed for every other.
 */
export function showProof(family: SignatureFamily, sealed: string): string {
  return openSignature(family, sealed) ?? sealed;
}

const CALL_MARK = "weir.call:";
const OPEN_MARK = "weir.open:";

/**
 * Proof of a tool call in dialects whose calls have no field for one: it travels in encrypted reasoning right before the
 * call, which every client gives back as it came.
 */
export function callProof(signature: string): string {
  return CALL_MARK + signature;
}

/** The call's proof in a piece of encrypted reasoning; null when it is reasoning. */
export function callProofOf(shown: string): string | null {
  return shown.startsWith(CALL_MARK) ? shown.slice(CALL_MARK.length) : null;
}

/** Proof of reasoning whose text lies open, in dialects that have a field for encrypted reasoning only. */
export function openProof(signature: string): string {
  return OPEN_MARK + signature;
}

export function openProofOf(shown: string): string | null {
  return shown.startsWith(OPEN_MARK) ? shown.slice(OPEN_MARK.length) : null;
}
