import { luhnChecksumValidate } from "stdnum/lib/cjs/util/checksum.js";
import { digitsOf } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

const CANDIDATE = /(?<![\d.,$€£-])\d(?:[ \u00a0-]?\d){11,18}(?![\d]|[.,]\d)/g;
/** Beginnings that the schemes have issued: Visa, Mastercard, Amex, Discover, Diners, JCB, UnionPay, Maestro, Mir, RuPay. */
const ISSUED = /^(?:4|5[0-8]|2[2-7]|3\d|6[0-9]|81|82)/;

/** Card numbers by their beginning, length and check digit, however they are grouped. */
export const card: Recognizer = {
  types: ["CREDIT_CARD"],
  find(text) {
    const spans: PiiSpan[] = [];
    for (const match of text.matchAll(CANDIDATE)) {
      const digits = digitsOf(match[0]);
      if (!ISSUED.test(digits) || /^(\d)\1+$/.test(digits) || !luhnChecksumValidate(digits)) continue;
      spans.push({ type: "CREDIT_CARD", start: match.index, end: match.index + match[0].length });
    }
    return spans;
  },
};
