/** What stands for what, for one request. The same value of the same kind has the same placeholder. */
export interface Placeholders {
  /** In the order of first use: `<PERSON_1>`, `<PERSON_2>`, `<EMAIL_ADDRESS_1>` ... */
  of(label: string, value: string): string;
  /** null for a text that is none of them. */
  valueOf(placeholder: string): string | null;
  /** Value and placeholder of all, in the order of first use. */
  readonly entries: readonly (readonly [value: string, placeholder: string])[];
}

/** What could be taken for a placeholder; one that a client writes itself is hidden behind one of ours. */
export const PLACEHOLDER = /(?:<|&lt;) {0,2}[A-Za-z][A-Za-z0-9_ -]{0,48}[_ -]\d{1,7} {0,2}(?:>|&gt;)/g;
/** Kind of those that the client wrote. */
export const WRITTEN = "PLACEHOLDER";

export function createPlaceholders(): Placeholders {
  const byValue = new Map<string, string>();
  const byPlaceholder = new Map<string, string>();
  const counts = new Map<string, number>();
  const entries: [string, string][] = [];
  return {
    of(label, value) {
      const kind = kindOf(label);
      const key = `${kind}\u0000${value}`;
      const known = byValue.get(key);
      if (known !== undefined) return known;
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      const placeholder = `<${kind}_${count}>`;
      byValue.set(key, placeholder);
      byPlaceholder.set(placeholder, value);
      entries.push([value, placeholder]);
      return placeholder;
    },
    valueOf: (placeholder) => byPlaceholder.get(placeholder) ?? null,
    entries,
  };
}

/** Labels of checks are words of any kind; a placeholder has capitals, digits and underscores. */
function kindOf(label: string): string {
  const kind = label
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^[^A-Z]+|_+$/g, "")
    .slice(0, 40);
  return kind === "" ? "REDACTED" : kind;
}
