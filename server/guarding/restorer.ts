import type { Placeholders } from "./placeholders.ts";

/** Gives back what placeholders stand for in a text that comes in pieces. */
export interface Restorer {
  /** What can be said by now; the beginning of what may become a placeholder waits. */
  push(text: string): string;
  /** What waits still. */
  end(): string;
}

/** JSON may write the brackets as escapes, and does so in some vendors' answers. */
const IN_JSON = /(?:<|\\u003[cC])([A-Z][A-Z0-9_]{0,48}_\d{1,7})(?:>|\\u003[eE])/g;
const PLAIN = /<([A-Z][A-Z0-9_]{0,48}_\d{1,7})>/g;

/** @param isJson the text is JSON, so values are written as in a JSON string */
export function restored(text: string, placeholders: Placeholders, isJson: boolean): string {
  if (placeholders.entries.length === 0) return text;
  return text.replace(isJson ? IN_JSON : PLAIN, (found, name: string) => {
    const value = placeholders.valueOf(`<${name}>`);
    if (value === null) return found;
    return isJson ? JSON.stringify(value).slice(1, -1) : value;
  });
}

/**
 * Holds back exactly the longest end of the text that begins one of the placeholders.
 *
 * @param isJson as for `restored`; asked once, at the first text
 */
export function createRestorer(placeholders: Placeholders, isJson: (text: string) => boolean): Restorer {
  if (placeholders.entries.length === 0) return { push: (text) => text, end: () => "" };
  const begun = beginnings(placeholders);
  let held = "";
  let inJson: boolean | null = null;
  return {
    push(text) {
      const all = held + text;
      if (all.trim() !== "") inJson ??= isJson(all);
      const keep = heldLength(all, begun);
      held = all.slice(all.length - keep);
      return restored(all.slice(0, all.length - keep), placeholders, inJson ?? false);
    },
    end() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

interface Beginnings {
  readonly texts: ReadonlySet<string>;
  readonly longest: number;
}

/** Every proper beginning of every placeholder, in all ways to write it. */
function beginnings({ entries }: Placeholders): Beginnings {
  const texts = new Set<string>();
  let longest = 0;
  for (const [, placeholder] of entries) {
    const name = placeholder.slice(1, -1);
    for (const open of ["<", "\\u003c", "\\u003C"]) {
      for (const close of [">", "\\u003e", "\\u003E"]) {
        const written = open + name + close;
        longest = Math.max(longest, written.length - 1);
        for (let length = 1; length < written.length; length++) texts.add(written.slice(0, length));
      }
    }
  }
  return { texts, longest };
}

function heldLength(text: string, { texts, longest }: Beginnings): number {
  for (let length = Math.min(longest, text.length); length > 0; length--)
    if (texts.has(text.slice(text.length - length))) return length;
  return 0;
}
