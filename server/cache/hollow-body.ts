import { createHash } from "node:crypto";

/** Texts of so many bytes stand in a question as their digest; the asks that are compared by meaning are shorter. */
const LONG_BYTES = 16_384;
const MARK = "\u0000";
const WRITTEN_MARK = "\\u0000";
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;
const MOST_SCHEME = 64;

/**
 * A body as a value whose long texts are replaced by what identifies them, so that a question of 200 kB costs a pass of SHA-256
 * and not a parser, an encoder and a pass of each. Equal texts become equal and others differ, however they are escaped: what
 * already looks like such a digest is replaced by its own. Addresses stay, because their form decides.
 *
 * @param bytes one JSON object, scanned before
 * @throws SyntaxError for bad escapes
 */
export function hollowBody(bytes: Buffer): unknown {
  const pieces: Buffer[] = [];
  let taken = 0;
  for (let open = bytes.indexOf(QUOTE); open !== -1; ) {
    const { close, hasEscapes } = endOf(bytes, open);
    const digest = digestOf(bytes, open, close, hasEscapes);
    if (digest !== null) {
      pieces.push(bytes.subarray(taken, open), Buffer.from(`"${WRITTEN_MARK}${digest}"`, "latin1"));
      taken = close + 1;
    }
    open = bytes.indexOf(QUOTE, close + 1);
  }
  pieces.push(bytes.subarray(taken));
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}

/** Whether all texts of a body surely stay as they are. */
export function isWhole(bytes: Buffer): boolean {
  return bytes.length < LONG_BYTES && !bytes.includes(WRITTEN_MARK);
}

/** Whether this stands for a longer text. */
export function isDigest(text: string): boolean {
  return text.startsWith(MARK);
}

/** The quote that ends the string which begins at `open`. */
function endOf(bytes: Buffer, open: number): { readonly close: number; readonly hasEscapes: boolean } {
  let hasEscapes = false;
  for (let close = bytes.indexOf(QUOTE, open + 1); ; close = bytes.indexOf(QUOTE, close + 1)) {
    let escapes = 0;
    while (bytes[close - 1 - escapes] === BACKSLASH) escapes++;
    hasEscapes ||= escapes > 0;
    if (escapes % 2 === 0) return { close, hasEscapes };
  }
}

function digestOf(bytes: Buffer, open: number, close: number, endsInEscape: boolean): string | null {
  const raw = bytes.subarray(open + 1, close);
  const isMark = raw.length >= WRITTEN_MARK.length && raw.toString("latin1", 0, WRITTEN_MARK.length) === WRITTEN_MARK;
  if (raw.length < LONG_BYTES && !isMark) return null;
  const hasEscapes = endsInEscape || raw.includes(BACKSLASH);
  const text = hasEscapes ? (JSON.parse(bytes.toString("utf8", open, close + 1)) as string) : null;
  if (text !== null && !isMark && Buffer.byteLength(text) < LONG_BYTES) return null;
  if (ADDRESS.test(text ?? raw.toString("latin1", 0, MOST_SCHEME))) return null;
  return createHash("sha256")
    .update(text ?? raw)
    .digest("hex");
}
