import type { MaterialRow } from "./read-material.ts";

export interface SplitMaterial {
  /** What came first: learned from. */
  readonly learning: readonly MaterialRow[];
  /** What came after it, of sessions that nothing was learned from. */
  readonly heldOut: readonly MaterialRow[];
  /** Where the one ends and the other begins; null without any rows. */
  readonly atMs: number | null;
}

/** By time, because the question is what a router is worth on the traffic to come. */
export function splitMaterial(rows: readonly MaterialRow[], heldOutShare: number): SplitMaterial {
  const at = Math.floor(rows.length * (1 - heldOutShare));
  const learning = rows.slice(0, at);
  const seen = new Set(learning.map(sessionOf));
  return {
    learning,
    heldOut: rows.slice(at).filter((row) => !seen.has(sessionOf(row))),
    atMs: rows[at]?.entry.atMs ?? null,
  };
}

function sessionOf({ entry }: MaterialRow): string {
  return entry.session ?? entry.id;
}
