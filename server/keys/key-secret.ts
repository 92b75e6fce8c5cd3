import { createHash, randomBytes } from "node:crypto";

/** Begins every virtual key, so that leaked ones can be searched for. */
const MARK = "sk-weir-";
const SHOWN_CHARS = MARK.length + 6;

/** 256 random bits behind the mark. */
export function newSecret(): string {
  return MARK + randomBytes(32).toString("base64url");
}

export function isSecretOfOurs(text: string): boolean {
  return text.startsWith(MARK);
}

export function hashOfSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** What is shown of a secret afterwards. */
export function prefixOfSecret(secret: string): string {
  return secret.slice(0, SHOWN_CHARS);
}
