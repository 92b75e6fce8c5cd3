import type { PiiSpan, Recognizer } from "../pii.ts";

const SCHEME = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"'`{}|\\^]{1,2048}/gi;
const BARE = /(?<![\w@./-])www\.[^\s<>"'`{}|\\^]{3,2048}/gi;
const SECRET_PARAMETER =
  /[?&#;](?:[a-z_-]{0,20}(?:token|secret|password|passwd|pwd|signature|api[_-]?key|access[_-]?key)|sig|key|auth|code)=[^&\s]{6,}/i;
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@]{0,256}:[^/?#\s@]{1,256}@/i;
/** Addresses whose path is the key. */
const SECRET_PATH =
  /^https?:\/\/(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/|(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/|[\w.-]+\.webhook\.office\.com\/|api\.telegram\.org\/bot|maker\.ifttt\.com\/trigger\/|hooks\.zapier\.com\/hooks\/)/i;
/** A host by one word is one with a scheme of the web only. */
const WEB = /^(?:https?|ftps?|wss?):/i;

/** URLs; those that carry a password or a token are a type of their own. */
export const url: Recognizer = {
  types: ["URL", "URL_CREDENTIALS"],
  find(text) {
    if (!text.includes("://") && !/www\./i.test(text)) return [];
    const spans: PiiSpan[] = [];
    for (const pattern of [SCHEME, BARE]) {
      for (const match of text.matchAll(pattern)) {
        const end = match.index + trimmed(match[0]).length;
        const found = text.slice(match.index, end);
        const rest = found.slice(found.indexOf("://") + 3);
        if (pattern === SCHEME && !/^[\p{L}\p{N}[:]/u.test(rest)) continue;
        const hasSecret = USER_INFO.test(found) || SECRET_PARAMETER.test(found) || SECRET_PATH.test(found);
        if (pattern === SCHEME && !hasSecret && !WEB.test(found) && !/^[^/?#]*[.:]/.test(rest)) continue;
        spans.push({ type: hasSecret ? "URL_CREDENTIALS" : "URL", start: match.index, end });
      }
    }
    return spans;
  },
};

/** Without the sentence's own punctuation, and without a bracket that was opened before. */
function trimmed(found: string): string {
  let end = found.length;
  for (;;) {
    const last = found[end - 1]!;
    if (/[.,;:!?…]/.test(last)) end--;
    else if (last === ")" && count(found, ")", end) > count(found, "(", end)) end--;
    else if (last === "]" && count(found, "]", end) > count(found, "[", end)) end--;
    else return found.slice(0, end);
  }
}

function count(text: string, sign: string, end: number): number {
  return text.slice(0, end).split(sign).length;
}
