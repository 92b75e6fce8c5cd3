import type { Problem } from "../api/client.ts";

/** What was typed where JSON is wanted, and is none. It is never sent. */
export class NotJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Every place of a value that is no JSON yet. */
export function unfinished(value: unknown, path: string): Problem[] {
  if (value instanceof NotJson) return [{ path, message: "is no JSON" }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => unfinished(inner, `${path}.${name}`));
}
