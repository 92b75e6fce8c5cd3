const BEFORE = 48;
const AFTER = 16;

/** The words just before a place, in lower case, not across an empty line. */
export function wordsBefore(text: string, start: number): string {
  const before = text.slice(Math.max(0, start - BEFORE), start);
  const gap = before.lastIndexOf("\n\n");
  return (gap === -1 ? before : before.slice(gap)).toLowerCase();
}

/** The words just behind a place, in lower case, on the same line. */
export function wordsAfter(text: string, end: number): string {
  const after = text.slice(end, end + AFTER);
  const line = after.indexOf("\n");
  return (line === -1 ? after : after.slice(0, line)).toLowerCase();
}

/** A field's name as words: `dateOfBirth` and `date_of_birth` are `date of birth`. */
export function labelWords(label: string | null): string {
  if (label === null || label.length > 64) return "";
  return label
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_.-]+/g, " ")
    .toLowerCase();
}

/** Digits of a text. */
export function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}
