import type { Placeholders } from "./placeholders.ts";

/** Gives back what placeholders stand for in a text that comes in pieces. */
export interface Restorer {
  /** What can be said by now; the beginning of what may become a placeholder waits. */
  push(text: string): string;
  /** What waits still. */
  end(): string;
}

/**
 * Models write placeholders in small letters, with spaces, with a hyphen, or as HTML; JSON may write the brackets as escapes,
 * and does so in some vendors' answers. Only what is then one of ours is given back.
 */
const NAME = " {0,2}([A-Za-z][A-Za-z0-9_ -]{0,48}[_ -]\\d{1,7}) {0,2}";
const PLAIN = new RegExp(`(?:<|&lt;)${NAME}(?:>|&gt;)`, "g");
const IN_JSON = new RegExp(`(?:<|&lt;|\\\\u003[cC])${NAME}(?:>|&gt;|\\\\u003[eE])`, "g");
const OPENINGS = ["<", "&lt;", "\\u003c", "\\u003C"] as const;
const CLOSINGS = [">", "&gt;", "\\u003e", "\\u003E"] as const;
/** Spaces at both ends, and the longest way to write both brackets. */
const MOST_AROUND = 4 + 6 + 6;

/** @param isJson the text is JSON, so values are written as in a JSON string */
export function restored(text: string, placeholders: Placeholders, isJson: boolean): string {
  if (placeholders.entries.length === 0) return text;
  return text.replace(isJson ? IN_JSON : PLAIN, (found, name: string) => {
    const value = placeholders.valueOf(`<${plainName(name)}>`);
    if (value === null) return found;
    return isJson ? JSON.stringify(value).slice(1, -1) : value;
  });
}

function plainName(name: string): string {
  return name.toUpperCase().replace(/[ -]/g, "_");
}

/**
 * Holds back exactly the longest end of the text that begins one of the placeholders.
 *
 * @param isJson as for `restored`; asked once, at the first text
 */
export function createRestorer(placeholders: Placeholders, isJson: (text: string) => boolean): Restorer {
  if (placeholders.entries.length === 0) return { push: (text) => text, end: () => "" };
  const names = placeholders.entries.map(([, placeholder]) => placeholder.slice(1, -1));
  const longest = MOST_AROUND + Math.max(...names.map(({ length }) => length));
  let held = "";
  let inJson: boolean | null = null;
  return {
    push(text) {
      const all = held + text;
      if (all.trim() !== "") inJson ??= isJson(all);
      const keep = heldLength(all, names, longest);
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

function heldLength(text: string, names: readonly string[], longest: number): number {
  for (let at = Math.max(0, text.length - longest); at < text.length; at++) {
    const first = text[at];
    if ((first === "<" || first === "&" || first === "\\") && mayBegin(text.slice(at), names)) return text.length - at;
  }
  return 0;
}

/** Whether more text could make a placeholder of it. */
function mayBegin(text: string, names: readonly string[]): boolean {
  return OPENINGS.some((opening) => {
    if (text.length <= opening.length) return opening.startsWith(text);
    return text.startsWith(opening) && mayGoOn(text.slice(opening.length), names);
  });
}

function mayGoOn(rest: string, names: readonly string[]): boolean {
  const [, spaces = "", name = "", after = ""] = /^( *)([A-Za-z0-9_ -]*)(.*)$/s.exec(rest) ?? [];
  const written = plainName(name.trimEnd());
  if (spaces.length > 2 || name.length - name.trimEnd().length > 2) return false;
  if (after === "") return names.some((one) => one.startsWith(plainName(name)) || one === written);
  return names.includes(written) && CLOSINGS.some((closing) => closing !== after && closing.startsWith(after));
}
