import { createHash } from "node:crypto";
import { setImmediate as yieldNow } from "node:timers/promises";
import { z } from "zod";
import { PII_TYPES, type PiiSpan, type PiiType } from "../../engine/pii/pii.ts";
import { defineGuardrail, type Finding, type Passage } from "../guardrail.ts";

/** Found only when they are asked for: without places and organisations few questions keep their sense. */
const ASKED_FOR = new Set<PiiType>(["LOCATION", "ORGANIZATION"]);
/** Text that is looked at before others get their turn. */
const CHARS_AT_ONCE = 16_384;
/** Shorter texts are looked at sooner than remembered. */
const LEAST_REMEMBERED = 64;
const MOST_REMEMBERED = 20_000;
/** Longest that a name, number or address may still grow while its answer streams. */
const MOST_OPEN = 96;

/** Personal data and secrets, by form, checksum and a small tagger of names. */
export default defineGuardrail({
  name: "pii",
  options: z
    .strictObject({
      types: z
        .array(z.enum(PII_TYPES))
        .min(1)
        .optional()
        .describe("only these; by default all but LOCATION and ORGANIZATION"),
      except: z.array(z.enum(PII_TYPES)).default([]).describe("not these"),
    })
    .describe("personal data and secrets: names, addresses, numbers, keys"),
  abilities: { phases: ["input", "output"], redacts: true, needsWhole: false, isRemote: false, timeoutMs: 2_000 },
  async open({ types, except }) {
    const { openPiiFinder } = await import("../../engine/pii/find-pii.ts");
    const wanted = (types ?? PII_TYPES.filter((type) => !ASKED_FOR.has(type))).filter((type) => !except.includes(type));
    const finder = openPiiFinder(wanted);
    // Conversations come again with every turn; what was looked at is known by its digest.
    const known = new Map<string, readonly PiiSpan[]>();

    function spansOf({ text, label }: Passage): readonly PiiSpan[] {
      if (text.length < LEAST_REMEMBERED) return finder.find(text, { label });
      const digest = createHash("sha1")
        .update(text)
        .update(`\u0000${label ?? ""}`)
        .digest("base64");
      const spans = known.get(digest) ?? finder.find(text, { label });
      known.delete(digest);
      known.set(digest, spans);
      if (known.size > MOST_REMEMBERED) known.delete(known.keys().next().value!);
      return spans;
    }

    const findingsOf = (passage: Passage, index: number): Finding[] =>
      spansOf(passage).map(({ type, start, end }) => ({ label: type, place: { passage: index, start, end } }));

    return {
      inspect({ passages, isWhole }, signal) {
        const chars = passages.reduce((sum, { text }) => sum + text.length, 0);
        if (chars <= CHARS_AT_ONCE || !isWhole) return { findings: passages.flatMap(findingsOf) };
        return inTurns(passages, findingsOf, signal);
      },
      settledUntil,
    };
  },
});

async function inTurns(
  passages: readonly Passage[],
  findingsOf: (passage: Passage, index: number) => Finding[],
  signal: AbortSignal,
) {
  const findings: Finding[] = [];
  let chars = 0;
  for (const [index, passage] of passages.entries()) {
    findings.push(...findingsOf(passage, index));
    chars += passage.text.length;
    if (chars < CHARS_AT_ONCE) continue;
    chars = 0;
    await yieldNow();
    signal.throwIfAborted();
  }
  return { findings };
}

/** Plain words pass; a capital, a number or a sign near the end may begin something, and so may the last word. */
function settledUntil(text: string): number {
  const from = Math.max(0, text.length - MOST_OPEN);
  const tail = text.slice(from);
  const open = tail.search(/(?<![\p{L}\p{N}])(?:[\p{Lu}\p{Lo}]|\p{N}|[+(@#])|\S*[@_=]|\S{16}/u);
  const lastWord = tail.search(/\S+\s*$/);
  const first = Math.min(open === -1 ? tail.length : open, lastWord === -1 ? tail.length : lastWord);
  return from + first;
}
