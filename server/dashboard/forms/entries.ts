import { type SectionChange, wholeChange } from "./save-section.ts";
import type { SectionBody } from "./section-body.ts";

export type Entry = Readonly<Record<string, unknown>>;

/** The entries of a section that is a list, as they are written; where the file has none, what is in effect without it. */
export function entriesOf({ written, effective }: Pick<SectionBody, "written" | "effective">): readonly Entry[] {
  const entries = written ?? effective;
  // The server has checked that it is a list of mappings before it took effect.
  return Array.isArray(entries) ? (entries as readonly Entry[]) : [];
}

/** An entry as it is written, found by what names it; a name that is left out is an empty one. */
export function findEntry(now: SectionBody, { names, of }: { names: readonly string[]; of: Entry }): Entry | undefined {
  return entriesOf(now).find((one) => names.every((name) => (one[name] ?? "") === (of[name] ?? "")));
}

/**
 * A list with one entry put in the place of another, or behind all.
 *
 * @param old the entry as it was opened, found again by what names it; null: a new one
 */
export function entryChange(
  now: SectionBody,
  old: Entry | null,
  next: Entry | null,
  names: readonly string[],
): SectionChange {
  const entries = entriesOf(now);
  const found = old === null ? undefined : findEntry(now, { names, of: old });
  const at = found === undefined ? -1 : entries.indexOf(found);
  const others = at === -1 ? entries : entries.toSpliced(at, 1);
  const index = at === -1 ? others.length : at;
  const value = next === null ? others : others.toSpliced(index, 0, next);
  return wholeChange(now.section, value, `${now.section}.${index}`);
}
