/**
 * What a client's body has and its schema does not know, by path without array positions (`messages.name`), first value
 * met. Found by comparing the body with what a stripping schema kept of it, so that every schema reports by itself.
 * Fields of null count as unsaid.
 *
 * @param nameOf how the schema spells a field of the body (Gemini takes both of JSON's spellings)
 */
export function unknownFields(
  given: unknown,
  kept: unknown,
  nameOf: (field: string) => string = (field) => field,
): Record<string, unknown> {
  const found = new Map<string, unknown>();
  walk(given, kept, "");
  return Object.fromEntries(found);

  function walk(before: unknown, after: unknown, path: string): void {
    if (before === after) return;
    if (Array.isArray(after)) {
      const list = Array.isArray(before) ? before : [before];
      for (let i = 0; i < list.length; i++) walk(list[i], after[i], path);
      return;
    }
    if (!isObject(before) || !isObject(after)) return;
    for (const [field, value] of Object.entries(before)) {
      if (value === null || value === undefined) continue;
      const name = nameOf(field);
      const here = path === "" ? name : `${path}.${name}`;
      if (Object.hasOwn(after, name)) walk(value, after[name], here);
      else if (!found.has(here)) found.set(here, value);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
