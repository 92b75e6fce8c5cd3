import type { PiiSpan, Recognizer } from "../pii.ts";

const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_{|}~-]/u;
const DOMAIN = /[\p{L}\p{N}.-]/u;
const LAST_LABEL = /\.(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/u;
const MOST_LOCAL = 64;
const MOST_DOMAIN = 253;

/** Around every @: a local part and a domain with a top level. */
export const email: Recognizer = {
  types: ["EMAIL_ADDRESS"],
  find(text) {
    const spans: PiiSpan[] = [];
    for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
      let start = at;
      while (start > 0 && at - start < MOST_LOCAL && LOCAL.test(text[start - 1]!)) start--;
      while (start < at && /[.!#$%&'*+/=?^{|}~-]/.test(text[start]!)) start++;
      // `user=a@b.c` and `mailto:a@b.c` name the address behind the sign.
      const sign = text.slice(start, at).lastIndexOf("=");
      if (sign !== -1) start += sign + 1;
      let end = at + 1;
      while (end < text.length && end - at <= MOST_DOMAIN && DOMAIN.test(text[end]!)) end++;
      while (end > at && /[.-]/.test(text[end - 1]!)) end--;
      if (start === at || !LAST_LABEL.test(text.slice(at, end)) || text.slice(at, end).includes("..")) continue;
      // user:password@host is a URL's.
      if (text[start - 1] === ":" && isInUrl(text, start)) continue;
      spans.push({ type: "EMAIL_ADDRESS", start, end });
      at = end - 1;
    }
    return spans;
  },
};

const MOST_USER_INFO = 64;

function isInUrl(text: string, start: number): boolean {
  return text.slice(Math.max(0, start - MOST_USER_INFO), start).includes("://");
}
