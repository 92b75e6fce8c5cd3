import { estimateTextTokens } from "../../engine/tokens.ts";

/** So many pieces of a long text, spread evenly from its beginning to its end, stand for the rest. */
const SAMPLES = 8;
const SAMPLE_BYTES = 1_024;

/** Expected tokens of the text in `bytes[start, end)`, which stands there as JSON; nothing but the samples is decoded. */
export function tokensOfBytes(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length <= SAMPLES * SAMPLE_BYTES) return estimateTextTokens(decoded(bytes, start, end));
  const step = (length - SAMPLE_BYTES) / (SAMPLES - 1);
  let sample = "";
  for (let i = 0; i < SAMPLES; i++) {
    const from = start + Math.floor(i * step);
    sample += decoded(bytes, from, from + SAMPLE_BYTES);
  }
  return (estimateTextTokens(sample) * length) / (SAMPLES * SAMPLE_BYTES);
}

/** A character or an escape that is cut at an end is one wrong character among a thousand. */
function decoded(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString("utf8", start, end);
  return text.includes("\\") ? text.replace(ESCAPE, characterOf) : text;
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
const ESCAPED: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function characterOf(_escape: string, code: string | undefined, letter: string | undefined): string {
  return code === undefined ? (ESCAPED[letter!] ?? letter!) : String.fromCharCode(Number.parseInt(code, 16));
}
