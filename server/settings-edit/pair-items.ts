import { isDeepStrictEqual } from "node:util";

/**
 * Which old item each new one goes on from: the same one first, then the one of the same name, then the one at the same
 * place, where neither has a name or none came or went.
 *
 * @returns for each of `next` an index of `old`, each at most once, or null for an item that is new
 */
export function pairItems(next: readonly unknown[], old: readonly unknown[]): (number | null)[] {
  const free = new Set(old.keys());
  const pairs: (number | null)[] = next.map(() => null);
  function take(isSame: (item: unknown, other: unknown) => boolean): void {
    for (const [i, item] of next.entries()) {
      if (pairs[i] !== null) continue;
      const near = free.has(i) && isSame(item, old[i]) ? i : undefined;
      const found = near ?? [...free].find((k) => isSame(item, old[k]));
      if (found === undefined) continue;
      pairs[i] = found;
      free.delete(found);
    }
  }
  take(isDeepStrictEqual);
  take((item, other) => nameOf(item) !== null && nameOf(item) === nameOf(other));
  for (const [i, item] of next.entries()) {
    const mayBe = next.length === old.length || nameOf(item) === nameOf(old[i]);
    if (pairs[i] !== null || !free.has(i) || !mayBe) continue;
    pairs[i] = i;
    free.delete(i);
  }
  return pairs;
}

/** By which people know an item of a list; null for one without a name. */
function nameOf(item: unknown): string | null {
  if (item === null || typeof item !== "object") return null;
  const { id, name, use, scope, subject = "" } = item as Readonly<Record<string, unknown>>;
  const own = [id, name, use].find((one) => typeof one === "string");
  if (own !== undefined) return String(own);
  return typeof scope === "string" ? JSON.stringify([scope, subject]) : null;
}
