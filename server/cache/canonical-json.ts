/** Something in a request that has no one canonical form, or that may change without the request changing. */
export class NotCanonical extends Error {}

/** Fields that hold the address of a picture or a file. */
const ADDRESSES = new Set(["url", "image_url", "file_url", "file_uri", "fileUri"]);

export interface CanonicalOptions {
  /** Names left out at the top. */
  readonly without: ReadonlySet<string>;
}

/**
 * A JSON value as text that is the same for values that mean the same: names sorted, no white space, one way to write a
 * string.
 *
 * @throws NotCanonical for a number that cannot be told from its neighbours, or the address of something on another machine,
 *         which may change
 */
export function canonicalJson(value: unknown, { without }: CanonicalOptions = { without: new Set() }): string {
  const parts: string[] = [];
  write(value, null, without, parts);
  return parts.join("");
}

const NONE: ReadonlySet<string> = new Set();

function write(value: unknown, name: string | null, without: ReadonlySet<string>, parts: string[]): void {
  if (typeof value === "string") {
    if (name !== null && ADDRESSES.has(name) && /^[a-z][a-z0-9+.-]*:\/\//i.test(value))
      throw new NotCanonical("it names an address");
    parts.push(JSON.stringify(value));
  } else if (typeof value === "number") {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      throw new NotCanonical("a number is too large");
    parts.push(String(value));
  } else if (Array.isArray(value)) {
    parts.push("[");
    for (const item of value) {
      write(item, name, NONE, parts);
      parts.push(",");
    }
    parts.push("]");
  } else if (typeof value === "object" && value !== null) {
    // What JSON.parse made of an object.
    const fields = value as Record<string, unknown>;
    parts.push("{");
    for (const key of Object.keys(fields).sort()) {
      if (without.has(key)) continue;
      parts.push(JSON.stringify(key), ":");
      write(fields[key], key, NONE, parts);
      parts.push(",");
    }
    parts.push("}");
  } else parts.push(String(value));
}
