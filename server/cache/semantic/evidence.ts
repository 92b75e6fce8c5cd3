import { z } from "zod";
import type { SemanticSection } from "../cache-config.ts";
import { LEAST_SIMILARITY } from "./ask-index.ts";
import { isShareBelow } from "./share-bound.ts";

/** Steps of similarity at which a threshold may lie: 0.5, 0.55 ... 0.95, 1. */
const STEP = 0.05;
const STEPS = Math.round((1 - LEAST_SIMILARITY) / STEP) + 1;
/** From here on old audits weigh half, so that what changed is noticed. */
const MOST_AUDITS = 20_000;

const Counts = z.array(z.number().nonnegative()).length(STEPS);
const Stored = z.strictObject({
  version: z.literal(1),
  cells: z.record(z.string(), z.strictObject({ seen: Counts, bad: Counts })),
});

/** What audits have shown of one owner's hits on one route, by neighbourhood and similarity. Holds no text. */
export interface Evidence {
  /** A would-be hit whose answer was compared with a fresh one. */
  note(cell: number, similarity: number, isBad: boolean): void;
  /** Whether a hit of this similarity may be served. */
  allows(cell: number, similarity: number, terms: Pick<SemanticSection, "maxFalseHitRate" | "confidence">): boolean;
  readonly seen: number;
  readonly bad: number;
  toText(): string;
}

/** @param text what `toText` gave; anything else is no evidence */
export function createEvidence(text: string | null): Evidence {
  const cells = read(text);
  let audits = 0;
  for (const { seen } of cells.values()) audits += sum(seen);

  function all(): { seen: number[]; bad: number[] } {
    const total = { seen: zeros(), bad: zeros() };
    for (const { seen, bad } of cells.values())
      for (let step = 0; step < STEPS; step++) {
        total.seen[step]! += seen[step]!;
        total.bad[step]! += bad[step]!;
      }
    return total;
  }

  return {
    note(cell, similarity, isBad) {
      const step = stepOf(similarity);
      let own = cells.get(cell);
      if (own === undefined) {
        own = { seen: zeros(), bad: zeros() };
        cells.set(cell, own);
      }
      own.seen[step]!++;
      if (isBad) own.bad[step]!++;
      if (++audits <= MOST_AUDITS) return;
      audits = 0;
      for (const { seen, bad } of cells.values())
        for (let at = 0; at < STEPS; at++) {
          seen[at]! /= 2;
          bad[at]! /= 2;
          audits += seen[at]!;
        }
    },
    allows(cell, similarity, { maxFalseHitRate, confidence }) {
      const step = stepOf(similarity);
      const delta = 1 - confidence;
      const own = cells.get(cell);
      if (own !== undefined && holdsFrom(own, maxFalseHitRate, delta) <= step) return true;
      // A neighbourhood that has shown a false hit must earn its trust itself, below where it happened.
      if (own?.bad.slice(step).some((count) => count > 0) === true) return false;
      return holdsFrom(all(), maxFalseHitRate, delta) <= step;
    },
    get seen() {
      return sum(all().seen);
    },
    get bad() {
      return sum(all().bad);
    },
    toText: () => JSON.stringify({ version: 1, cells: Object.fromEntries(cells) }),
  };
}

/**
 * The lowest step from which on the share of bad hits is known to be small enough; above all steps when none is. Steps are
 * tried from the strictest down and the first that fails ends it, so that all of them together err no more often than one.
 */
function holdsFrom(
  { seen, bad }: { readonly seen: readonly number[]; readonly bad: readonly number[] },
  limit: number,
  delta: number,
): number {
  let [trials, failures] = [0, 0];
  let lowest = STEPS;
  for (let step = STEPS - 1; step >= 0; step--) {
    trials += seen[step]!;
    failures += bad[step]!;
    // Where nothing was seen, or even no failure would convince, nothing is tested.
    if (seen[step] === 0) continue;
    if (!isShareBelow(limit, trials, 0, delta)) continue;
    if (!isShareBelow(limit, trials, failures, delta)) break;
    lowest = step;
  }
  return lowest;
}

function read(text: string | null): Map<number, { seen: number[]; bad: number[] }> {
  try {
    const { cells } = Stored.parse(JSON.parse(text ?? ""));
    return new Map(Object.entries(cells).map(([cell, counts]) => [Number(cell), counts]));
  } catch {
    return new Map();
  }
}

function stepOf(similarity: number): number {
  return Math.min(STEPS - 1, Math.max(0, Math.floor((similarity - LEAST_SIMILARITY) / STEP + 1e-9)));
}

function zeros(): number[] {
  return new Array<number>(STEPS).fill(0);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
