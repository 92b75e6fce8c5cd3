import { readFileSync } from "node:fs";
import { hashText } from "../../engine/pii/names/features.ts";
import type { PiiType } from "../../engine/pii/pii.ts";
import { seededRng } from "../../engine/rng.ts";
import { BenchError } from "../errors.ts";
import type { Span } from "./score-spans.ts";

/** A text with the places of its personal data. */
export interface MarkedText {
  readonly text: string;
  readonly spans: readonly Span[];
}

const TYPES: Readonly<Record<string, PiiType>> = {
  a: "ADDRESS",
  c: "CREDIT_CARD",
  d: "DATE_OF_BIRTH",
  e: "EMAIL_ADDRESS",
  i: "IBAN",
  ip: "IP_ADDRESS",
  k: "SECRET",
  l: "LOCATION",
  n: "NATIONAL_ID",
  o: "ORGANIZATION",
  p: "PERSON",
  s: "US_SSN",
  t: "PHONE_NUMBER",
  u: "URL",
  x: "URL_CREDENTIALS",
};

const MARK = /‹(\w+) ([^›]*)›/g;
/** Letters and digits, hex digits, capitals: as many as it says. */
const FILLER = /~(\d+)(h|A)?/g;
const CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALPHABETS = { h: "0123456789abcdef", A: CAPITALS, any: `${CAPITALS}${CAPITALS.toLowerCase()}0189` };

/**
 * Texts with marked spans, one a line: `Call ‹t 020 7946 0958›`, `\n` for a line's end. Keys are filled at random, so that no file
 * holds one.
 *
 * @throws BenchError `no_data` naming the line whose mark is unknown
 */
export function readMarked(file: URL): MarkedText[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line, index) => {
    if (line === "" || line.startsWith("# ")) return [];
    return [marked(line.replaceAll("\\n", "\n"), `line ${index + 1} of ${file.pathname}`)];
  });
}

function marked(line: string, place: string): MarkedText {
  const spans: Span[] = [];
  const rng = seededRng(hashText(line));
  let text = "";
  let last = 0;
  for (const match of line.matchAll(MARK)) {
    const type = TYPES[match[1]!];
    if (type === undefined) throw new BenchError("no_data", `${place} marks ${match[1]}, which is no type`);
    text += line.slice(last, match.index);
    const start = text.length;
    text += match[2]!.replace(FILLER, (_, count: string, kind: "h" | "A" | undefined) => {
      const alphabet = ALPHABETS[kind ?? "any"];
      return Array.from({ length: Number(count) }, () => alphabet[Math.floor(rng.next() * alphabet.length)]!).join("");
    });
    spans.push({ type, start, end: text.length });
    last = match.index + match[0].length;
  }
  return { text: text + line.slice(last), spans };
}
