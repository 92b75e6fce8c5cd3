import { z } from "zod";
import { defineGuardrail, type Finding } from "../guardrail.ts";

const HEAD = 2;

/** Words and phrases that must not be said. */
export default defineGuardrail({
  name: "deny-list",
  options: z
    .strictObject({
      terms: z.array(z.string().trim().min(1).max(200)).min(1).max(50_000).describe("words and phrases"),
      label: z.string().min(1).max(48).default("DENIED").describe("what log and header call them"),
      caseSensitive: z.boolean().default(false).describe("whether capitals must be the same"),
      withinWords: z.boolean().default(false).describe("whether a term within a longer word counts too"),
    })
    .describe("words and phrases that must not be said"),
  abilities: { phases: ["input", "output"], redacts: true, needsWhole: false, isRemote: false, timeoutMs: 1_000 },
  open({ terms, label, caseSensitive, withinWords }) {
    const folded = (text: string) => (caseSensitive ? text : lower(text));
    const all = [...new Set(terms.map(folded))];
    const longest = Math.max(...all.map(({ length }) => length));
    const byHead = new Map<string, string[]>();
    for (const term of all.sort((a, b) => b.length - a.length)) {
      const head = term.slice(0, HEAD);
      byHead.set(head, [...(byHead.get(head) ?? []), term]);
    }
    const beginnings = new Set(all.flatMap((term) => Array.from(term, (_, end) => term.slice(0, end + 1))));
    const begins = (text: string, at: number) => withinWords || !isLetter(text[at]) || !isLetter(text[at - 1]);
    const ends = (text: string, at: number) => withinWords || !isLetter(text[at - 1]) || !isLetter(text[at]);

    return {
      inspect({ passages }) {
        const findings: Finding[] = [];
        for (const [passage, { text: said }] of passages.entries()) {
          const text = folded(said);
          for (let at = 0; at < text.length; at++) {
            const known = byHead.get(text.slice(at, at + HEAD)) ?? byHead.get(text[at]!);
            if (known === undefined || !begins(text, at)) continue;
            const term = known.find((one) => text.startsWith(one, at) && ends(text, at + one.length));
            if (term === undefined) continue;
            findings.push({ label, place: { passage, start: at, end: at + term.length } });
            at += term.length - 1;
          }
        }
        return { findings };
      },
      /** Only what begins a term waits, and a whole one until it is known that its word ends there. */
      settledUntil(said) {
        const text = folded(said);
        for (let at = Math.max(0, text.length - longest); at < text.length; at++) {
          if (!begins(text, at)) continue;
          const rest = text.slice(at);
          if (beginnings.has(rest)) return at;
        }
        return text.length;
      },
    };
  },
});

function isLetter(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}]/u.test(char);
}

/** In lower case, letter by letter where one would change its length. */
function lower(text: string): string {
  const whole = text.toLowerCase();
  if (whole.length === text.length) return whole;
  return Array.from(text, (char) => (char.toLowerCase().length === char.length ? char.toLowerCase() : char)).join("");
}
