/** Things of a client's body that have no neutral place, each name once, with the first value met. */
export interface Extras {
  add(name: string, value: unknown): void;
  /** Together with the fields that the schema did not know. */
  with(unknown: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

export function createExtras(): Extras {
  const found = new Map<string, unknown>();
  return {
    add(name, value) {
      if (!found.has(name)) found.set(name, value);
    },
    with: (unknown) => Object.fromEntries([...Object.entries(unknown), ...found]),
  };
}
