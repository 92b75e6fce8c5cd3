import { GRAINS, type Grain } from "./grains.ts";

/** What usage can be grouped and filtered by. */
export const DIMENSIONS = [
  "route",
  "model",
  "upstream",
  "requested_model",
  "dialect",
  "operation",
  "feature",
  "team",
  "status",
  "cache",
  "arm",
  "stream",
  "tenant",
  "key",
  "user",
  /** Rule of the plan that was followed; none for requests of one call. */
  "plan",
  /** What the client says in `tag` or `tags` of its metadata; several are one value. */
  "tag",
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** One set of sums: a row for each combination of its dimensions and bucket. */
export interface Cube {
  readonly dimensions: readonly Dimension[];
  /** Widths of the buckets that it keeps, finest first. */
  readonly grains: readonly Grain[];
  /** It came later: what was summed before is added up from this cube, which knows all its dimensions. */
  readonly of?: number;
}

/**
 * A question reads the smallest that knows all it asks for, so that thousands of features, keys or
 * users cost nothing to a question about models. What clients may make up at will (users, tags) is kept by the day only, and
 * users are not crossed with other dimensions, which would be nearly a row a request: such questions are added up from the
 * requests themselves. A place in this list, or in a cube's, is stored: append, never move.
 */
export const CUBES: readonly Cube[] = [
  { dimensions: ["route", "model", "upstream", "team", "plan"], grains: ["minute", "hour", "day", "month"] },
  { dimensions: ["model", "feature"], grains: ["hour", "day", "month"] },
  { dimensions: ["model", "team", "tenant", "key"], grains: ["hour", "day", "month"] },
  { dimensions: ["route", "model", "upstream", "feature", "team"], grains: ["hour", "day", "month"] },
  {
    dimensions: DIMENSIONS.filter((name) => !["tenant", "key", "user", "tag"].includes(name)),
    grains: ["hour", "day", "month"],
  },
  { dimensions: ["route", "model", "feature", "team", "tenant", "key", "tag"], grains: ["day"] },
  { dimensions: ["tenant", "user"], grains: ["day"] },
  {
    dimensions: ["model", "requested_model", "dialect", "operation", "status", "cache", "arm", "stream"],
    grains: ["hour", "day", "month"],
    of: 4,
  },
  { dimensions: ["team", "feature"], grains: ["hour", "day", "month"], of: 3 },
  { dimensions: ["model", "team", "tag"], grains: ["day", "month"], of: 5 },
];

const SMALLEST_FIRST = [0, 1, 2, 8, 7, 3, 9, 4, 5, 6];

/** Index of the smallest cube that knows these by buckets of this width; null when none does. */
export function cubeFor(dimensions: readonly Dimension[], interval: Grain | null): number | null {
  const index = SMALLEST_FIRST.find((place) => {
    const cube = CUBES[place]!;
    return (
      dimensions.every((name) => cube.dimensions.includes(name)) &&
      (interval === null || GRAINS.indexOf(cube.grains[0]!) <= GRAINS.indexOf(interval))
    );
  });
  return index ?? null;
}
