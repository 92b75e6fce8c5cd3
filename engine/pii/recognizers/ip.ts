import { isIPv4, isIPv6 } from "node:net";
import { wordsBefore } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

const V4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g;
const V6 = /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:(?:\.\d{1,3}){3})?(?![\w:])/gi;
const IS_VERSION = /(?:\bv|\bversion|\bver\.?|\brelease|\bsection|§)\s*$/;

export const ip: Recognizer = {
  types: ["IP_ADDRESS"],
  find(text) {
    const spans: PiiSpan[] = [];
    for (const match of text.matchAll(V4)) {
      if (!isIPv4(match[0]) || IS_VERSION.test(wordsBefore(text, match.index))) continue;
      spans.push({ type: "IP_ADDRESS", start: match.index, end: match.index + match[0].length });
    }
    if (!text.includes(":")) return spans;
    for (const match of text.matchAll(V6)) {
      const found = match[0];
      // `a::b` is C++ more often than an address.
      if (!isIPv6(found) || !/\d/.test(found) || found.length < 6) continue;
      spans.push({ type: "IP_ADDRESS", start: match.index, end: match.index + found.length });
    }
    return spans;
  },
};
