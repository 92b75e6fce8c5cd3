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
    CANDIDATE.lastIndex = 0;
    for (let match = CANDIDATE.exec(text); match !== null; match = CANDIDATE.exec(text)) {
      const start = match.index;
      const length = lengthOf(match[0]) ?? (isNamed(text, start) ? mistypedLength(match[0]) : null);
      // Another may follow within what was looked at.
      CANDIDATE.lastIndex = start + (length ?? 4);
      if (length !== null) spans.push({ type: "IBAN", start, end: start + length });
    }
    return spans;
  },
};

function isNamed(text: string, start: number): boolean {
  return /\biban\b/.test(wordsBefore(text, start));
}

/** One with a wrong digit is still somebody's account. */
function mistypedLength(found: string): number | null {
  return /^[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,4})?/.exec(found)?.[0].length ?? null;
}

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
