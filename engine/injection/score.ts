import { ABOUT, SIGNALS } from "./signals.ts";

export interface InjectionScore {
  /** The sum of what was seen; from 1 on it is likely an attack. */
  readonly score: number;
  readonly names: readonly string[];
}

/** A longer text is read in stretches of so many characters, each for itself. */
const STRETCH = 4_000;
const OVERLAP = 300;
/** What a signal counts in a text about attacks. */
const ABOUT_SHARE = 0.45;
const BASE64 = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{24,2000}={0,2}(?![A-Za-z0-9+/=])/g;
const MOST_DECODED = 8;

/**
 * How much a text looks like an attack on a model's instructions. Time linear in its length.
 *
 * @param isForeign it comes from a tool or a document, where nobody should speak to the model
 */
export function injectionScore(text: string, isForeign: boolean): InjectionScore {
  let best: InjectionScore = { score: 0, names: [] };
  for (let at = 0; at === 0 || at < text.length - OVERLAP; at += STRETCH - OVERLAP) {
    const score = scoreStretch(text.slice(at, at + STRETCH), isForeign);
    if (score.score > best.score) best = score;
  }
  return best;
}

function scoreStretch(text: string, isForeign: boolean): InjectionScore {
  const plain = normalised(text);
  const readings = [plain, ...disguises(plain), ...decoded(text)];
  let best: InjectionScore = { score: 0, names: [] };
  for (const reading of readings) {
    const score = scoreReading(reading, isForeign);
    if (score.score > best.score) best = score;
  }
  return best;
}

function scoreReading(text: string, isForeign: boolean): InjectionScore {
  const seen = new Map<string, number>();
  for (const signal of SIGNALS) {
    if ((signal.isForeign === true && !isForeign) || !signal.pattern.test(text)) continue;
    seen.set(signal.name, Math.max(seen.get(signal.name) ?? 0, signal.weight));
  }
  if (seen.size === 0) return { score: 0, names: [] };
  const sum = [...seen.values()].reduce((all, weight) => all + weight, 0);
  return { score: ABOUT.test(text) && !isForeign ? sum * ABOUT_SHARE : sum, names: [...seen.keys()] };
}

/** One case, one kind of space, and nothing that cannot be seen. */
function normalised(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|[\u{e0000}-\u{e007f}]/gu, "")
    .replace(/[’‘]/g, "'")
    .toLowerCase()
    .replace(/[^\S\n]+/g, " ");
}

/** Letters set apart, or replaced by numbers, read as they are meant. */
function disguises(text: string): string[] {
  const readings: string[] = [];
  if (/(?:\b\p{L}[ .\-_*]){6}/u.test(text))
    readings.push(text.replace(/(?:\b\p{L}[ .\-_*]){3,64}\p{L}\b/gu, (run) => joined(run)));
  if (/[a-z][013457@$][a-z]/.test(text)) readings.push(text.replace(/[013457@$]/g, (sign) => LEET[sign] ?? sign));
  return readings;
}

/** Words set apart keep the wider spaces between them. */
function joined(run: string): string {
  return run.replace(/(\p{L})[ .\-_*](?=\p{L})/gu, "$1");
}

const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
};

function decoded(text: string): string[] {
  const readings: string[] = [];
  for (const [found] of text.matchAll(BASE64)) {
    if (readings.length === MOST_DECODED) break;
    const bytes = Buffer.from(found, "base64");
    const inner = bytes.toString("utf8");
    if (/^[\p{L}\p{N}\p{P}\p{Zs}\n]+$/u.test(inner) && /\p{L}{3}/u.test(inner)) readings.push(normalised(inner));
  }
  return readings;
}
