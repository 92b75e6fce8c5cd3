import { isValidIBAN } from "ibantools";
import { wordsBefore } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

const CANDIDATE = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]){11,30}/giu;
const SEPARATORS = /[ \u00a0-]/g;

/** International account numbers by their country's form and checksum. */
export const iban: Recognizer = {
  types: ["IBAN"],
  find(text) {
    const spans: PiiSpan[] = [];
    for (const match of text.matchAll(CANDIDATE)) {
      const length = lengthOf(match[0]);
      if (length !== null) {
        spans.push({ type: "IBAN", start: match.index, end: match.index + length });
      } else if (/\biban\b/.test(wordsBefore(text, match.index))) {
        // Mistyped, and still somebody's account.
        const group = /^[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,4})?/.exec(match[0])?.[0];
        if (group !== undefined) spans.push({ type: "IBAN", start: match.index, end: match.index + group.length });
      }
    }
    return spans;
  },
};

/** Words may follow without a sign between, so shorter ones are tried too. */
function lengthOf(found: string): number | null {
  for (let end = found.length; end >= 15; end--) {
    if (/[ \u00a0-]/.test(found[end - 1]!)) continue;
    const plain = found.slice(0, end).replace(SEPARATORS, "").toUpperCase();
    if (plain.length < 15) return null;
    if (isValidIBAN(plain)) return end;
  }
  return null;
}
