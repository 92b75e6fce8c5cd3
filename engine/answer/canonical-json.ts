/** Fields that tell how an answer came about; two answers agree whatever they say there. */
const REASONING = /^(?:reasoning|reason|explanation|rationale|thoughts?|thinking|steps?|analysis|scratch_?pad|work)$/i;
const MOST_CHARACTERS = 64 * 1024;

/** The JSON of a text, with or without a fence or words around it; undefined when there is none. */
export function parseJson(text: string): unknown {
  if (text.length > MOST_CHARACTERS) return undefined;
  const from = text.search(/[[{]/);
  const to = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  if (from === -1 || to < from) return undefined;
  try {
    return JSON.parse(text.slice(from, to + 1));
  } catch {
    return undefined;
  }
}

/** Without what merely explains; the value itself where one field is left. */
export function comparablePart(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const left = Object.entries(value).filter(([key]) => !REASONING.test(key));
  if (left.length === 1) return comparablePart(left[0]![1]);
  return Object.fromEntries(left);
}

/** Equal for deeply equal values, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${fields.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
