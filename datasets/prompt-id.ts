import { createHash } from "node:crypto";

/** Stable id of a prompt: its source and the first 12 hex digits of the SHA-1 of its text. */
export function promptIdOf(source: string, text: string): string {
  return `${source}:${createHash("sha1").update(text).digest("hex").slice(0, 12)}`;
}

/**
 * Group of a prompt that came without one: the digest of its letters and digits, so that the same question in other
 * case, spacing or punctuation falls in the same group. A prompt without letters keeps all its characters.
 */
export function groupOf(text: string): string {
  const bare = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  return `g${createHash("sha1")
    .update(bare === "" ? text : bare)
    .digest("hex")
    .slice(0, 12)}`;
}
