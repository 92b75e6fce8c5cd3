import { labelWords, wordsBefore } from "../nearby.ts";
import type { PiiSpan, Recognizer } from "../pii.ts";

const GROUPED = /(?<![\w-]|\d[.,])\d{3}([- \u2013])\d{2}\1\d{4}(?![\w-]|[.,]\d)/g;
const PLAIN = /(?<![\w.,-])\d{9}(?![\w-]|[.,]\d)/g;
const CONTEXT = /\bssn\b|\bss#|social[- ]?sec|\bitin\b|\btax id|\btin\b/;

/** Numbers of US Social Security; without their usual hyphens only where the text calls them so. */
export const ssn: Recognizer = {
  types: ["US_SSN"],
  find(text, { label }) {
    const spans: PiiSpan[] = [];
    const words = labelWords(label);
    for (const pattern of [GROUPED, PLAIN]) {
      for (const match of text.matchAll(pattern)) {
        const found = match[0];
        const isNamed = CONTEXT.test(wordsBefore(text, match.index)) || CONTEXT.test(words);
        if (!isNamed && (pattern === PLAIN || match[1] === " " || !couldBeIssued(found))) continue;
        spans.push({ type: "US_SSN", start: match.index, end: match.index + found.length });
      }
    }
    return spans;
  },
};

/** Numbers from 900 on are given to taxpayers who have no other. */
function couldBeIssued(found: string): boolean {
  const [area, group, serial] = [found.slice(0, 3), found.slice(4, 6), found.slice(7)];
  return area !== "000" && area !== "666" && group !== "00" && serial !== "0000";
}
