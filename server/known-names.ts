import { nearMatches } from "./gateway/model-name.ts";

/** An error that lists hundreds of names tells nobody which was meant. */
const MOST_LISTED = 12;

/** What could have been meant by a name that leads nowhere: `known: ...` while there are few, else the nearest. */
export function knownNames(name: string, known: readonly string[]): string {
  if (known.length <= MOST_LISTED) return `known: ${known.join(", ") || "none"}`;
  const near = nearMatches(name, known);
  return near.length === 0 ? `none of the ${known.length} known` : `did you mean ${near.join(" or ")}?`;
}
