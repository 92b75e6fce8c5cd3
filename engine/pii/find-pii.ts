import { readFileSync } from "node:fs";
import { packageRoot } from "../package-root.ts";
import { decodeTagger } from "./names/model.ts";
import { NO_HINTS, PII_TYPES, type PiiHints, type PiiSpan, type PiiType, type Recognizer } from "./pii.ts";
import { card } from "./recognizers/card.ts";
import { dateOfBirth } from "./recognizers/date-of-birth.ts";
import { email } from "./recognizers/email.ts";
import { iban } from "./recognizers/iban.ts";
import { ip } from "./recognizers/ip.ts";
import { createNames } from "./recognizers/names.ts";
import { nationalId } from "./recognizers/national-id.ts";
import { phone } from "./recognizers/phone.ts";
import { secret } from "./recognizers/secret.ts";
import { ssn } from "./recognizers/ssn.ts";
import { url } from "./recognizers/url.ts";

/** Finds personal data in texts. */
export interface PiiFinder {
  /** Spans in order, none overlapping another. Time linear in the text's length. */
  find(text: string, hints?: PiiHints): readonly PiiSpan[];
}

/** Of two that overlap the one whose form says more wins. */
const RANK: Readonly<Record<PiiType, number>> = Object.fromEntries(
  PII_TYPES.map((type, rank) => [type, rank]),
) as Readonly<Record<PiiType, number>>; // every type is in the list

const TAGGER = new URL("models/pii/names.bin", packageRoot);

/** @throws EngineError when the shipped tagger of names is damaged */
export function openPiiFinder(types: readonly PiiType[] = PII_TYPES, tagger: URL = TAGGER): PiiFinder {
  const wanted = new Set(types);
  const structured: Recognizer[] = [secret, url, email, iban, card, ssn, nationalId, ip, dateOfBirth, phone];
  const needsNames = (["PERSON", "LOCATION", "ORGANIZATION", "ADDRESS"] as const).some((type) => wanted.has(type));
  const names = needsNames ? createNames(decodeTagger(readFileSync(tagger))) : null;
  return {
    find(text, hints = NO_HINTS) {
      if (text.length < 2) return [];
      const found = settled(structured.flatMap((recognizer) => recognizer.find(text, hints)));
      const all = names === null ? found : settled([...found, ...names.find(text, hints, found)]);
      return all.filter(({ type }) => wanted.has(type));
    },
  };
}

/** Every place once: stronger types first, longer before shorter; what is left of a name beside them stays when it is one. */
function settled(found: readonly PiiSpan[]): PiiSpan[] {
  if (found.length < 2) return [...found];
  const ordered = [...found].sort(
    (a, b) => RANK[a.type] - RANK[b.type] || b.end - b.start - (a.end - a.start) || a.start - b.start,
  );
  const kept: PiiSpan[] = [];
  for (const span of ordered) insert(kept, span);
  return kept;
}

/** Keeps `kept` sorted by start. */
function insert(kept: PiiSpan[], span: PiiSpan): void {
  let [low, high] = [0, kept.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kept[middle]!.start < span.start) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && kept[low - 1]!.end > span.start) return;
  if (low < kept.length && kept[low]!.start < span.end) return;
  kept.splice(low, 0, span);
}
