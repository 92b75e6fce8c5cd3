/** A place with its type. */
export interface Span {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

export interface Tally {
  /** Spans that the data has, that were found, and those of each that have their partner in the other. */
  gold: number;
  found: number;
  goldHit: number;
  foundHit: number;
}

/** How strictly a found span must be where the data has it. */
export type Match = "exact" | "overlap";

/** Adds one text's spans to the tallies by type. */
export function tally(tallies: Map<string, Tally>, gold: readonly Span[], found: readonly Span[], match: Match): void {
  const of = (type: string): Tally => {
    const known = tallies.get(type) ?? { gold: 0, found: 0, goldHit: 0, foundHit: 0 };
    tallies.set(type, known);
    return known;
  };
  const meets = (a: Span, b: Span) =>
    a.type === b.type &&
    (match === "exact" ? a.start === b.start && a.end === b.end : a.start < b.end && b.start < a.end);
  for (const span of gold) {
    of(span.type).gold++;
    if (found.some((one) => meets(span, one))) of(span.type).goldHit++;
  }
  for (const span of found) {
    of(span.type).found++;
    if (gold.some((one) => meets(span, one))) of(span.type).foundHit++;
  }
}

export interface Score {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** 1 where there was nothing to find and nothing was found. */
export function scoreOf({ gold, found, goldHit, foundHit }: Tally): Score {
  const precision = found === 0 ? 1 : foundHit / found;
  const recall = gold === 0 ? 1 : goldHit / gold;
  return { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}
