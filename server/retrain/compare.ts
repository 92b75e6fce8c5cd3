import { clusteredMean, type Estimate } from "../observation/estimators/estimate.ts";
import { effectiveSampleSize } from "../observation/estimators/ipw.ts";
import { normalInterval } from "../observation/estimators/normal-interval.ts";

/** An outcome that is known, and the chance with which it came to be known. */
export interface KnownOutcome {
  readonly candidateId: string;
  readonly quality: number;
  readonly chance: number;
}

/** One request as two routers would serve it. */
export interface ComparedRequest {
  readonly session: string;
  readonly incumbent: string;
  /** Chance of each candidate under the router that serves, and under the one that is compared with it. */
  readonly serving: ReadonlyMap<string, number>;
  readonly candidate: ReadonlyMap<string, number>;
  /** Expected before any outcome of these requests was read. */
  readonly expectedQuality: ReadonlyMap<string, number>;
  readonly costNanoUsd: ReadonlyMap<string, number>;
  readonly known: readonly KnownOutcome[];
  /** Candidates whose outcome can come to be known on this request; null: any. */
  readonly knowable: ReadonlySet<string> | null;
}

export interface CompareOptions {
  readonly confidence: number;
  /** Fewer known outcomes, counted as equally weighted ones, are refused. */
  readonly leastEffective: number;
}

export interface Figures {
  readonly requests: number;
  /** Requests with a known outcome. */
  readonly known: number;
  readonly sessions: number;
  /** Share of requests on which the two choose differently. */
  readonly disagreement: number;
  /** Of those that differ, where the outcome of what is newly chosen cannot be known. */
  readonly uncovered: number;
  readonly effectiveSampleSize: number;
}

export type Compared = Figures &
  (
    | {
        readonly kind: "value";
        /** Of the candidate less that of the serving router, a request. */
        readonly quality: Estimate;
        readonly qualitySnips: Estimate;
        /** Expected, nano-USD a request. */
        readonly cost: Estimate;
        readonly means: Readonly<Record<"serving" | "candidate" | "incumbent", Means>>;
      }
    | { readonly kind: "same" }
    | {
        readonly kind: "refused";
        readonly reason: "no_rows" | "sample_too_small" | "no_overlap";
        readonly message: string;
      }
  );

export interface Means {
  readonly quality: number;
  readonly costNanoUsd: number;
}

/** Routers that differ on fewer requests are the same one for all that matters. */
const LEAST_DISAGREEMENT = 0.01;
/** More of what differs may not rest on expectation alone. */
const MOST_UNCOVERED = 0.05;

/**
 * What one router is worth less another, on the same requests: doubly robust and paired, so that requests on which they
 * agree say 0 and what is expected of both cancels; an interval by sessions. Refuses rather than reports a figure that a few
 * outcomes made, or that rests on choices nobody ever tried.
 *
 * @source Dudik, Langford & Li 2011; Swaminathan & Joachims 2015 for the self-normalised figure
 */
export function compareRouters(rows: readonly ComparedRequest[], options: CompareOptions): Compared {
  const moves = rows.map(movesOf);
  const differing = sum(moves, ({ size }) => size);
  const weights = rows.map((row, i) => weightOf(row, moves[i]!));
  const known = weights.filter((weight) => weight > 0).length;
  const effective = effectiveSampleSize(weights);
  const figures: Figures = {
    requests: rows.length,
    known: rows.filter((row) => row.known.length > 0).length,
    sessions: new Set(rows.map(({ session }) => session)).size,
    disagreement: rows.length === 0 ? 0 : differing / rows.length,
    uncovered: differing === 0 ? 0 : sum(rows, (row, i) => uncoveredOf(row, moves[i]!)) / differing,
    effectiveSampleSize: effective,
  };
  const refused = (reason: "no_rows" | "sample_too_small" | "no_overlap", message: string): Compared => ({
    ...figures,
    kind: "refused",
    reason,
    message,
  });
  if (rows.length === 0) {
    const message =
      "no held-out request can be compared: none of those that could be audited was decided by the version that serves, and no " +
      "text is kept to decide them again; wait until it has served for a while";
    return refused("no_rows", message);
  }
  if (figures.known === 0) return refused("no_rows", "no held-out request has a known outcome");
  if (figures.disagreement < LEAST_DISAGREEMENT) return { ...figures, kind: "same" };
  if (figures.uncovered > MOST_UNCOVERED) {
    return refused(
      "no_overlap",
      `on ${percent(figures.uncovered)} of the requests where the two differ, the new choice was never tried: let the route ` +
        "observe under a policy that explores, or with those models alone",
    );
  }
  if (effective < options.leastEffective) {
    return refused(
      "sample_too_small",
      `${known} known outcomes where the two differ speak as ${effective.toFixed(0)} would; at least ` +
        `${options.leastEffective} are needed: audit more, or wait`,
    );
  }
  const cluster = rows.map(({ session }) => session);
  const figure = (values: Float64Array, method: string) =>
    normalInterval(clusteredMean(values, cluster), options.confidence, method);
  return {
    ...figures,
    kind: "value",
    quality: figure(
      Float64Array.from(rows, (row, i) => robust(row, moves[i]!.by)),
      "paired_dr_normal",
    ),
    qualitySnips: selfNormalised(rows, moves, options.confidence, figures.disagreement),
    cost: figure(
      Float64Array.from(rows, (row, i) => costOf(row, moves[i]!.by)),
      "expected_normal",
    ),
    means: {
      serving: meansOf(rows, ({ serving }) => serving),
      candidate: meansOf(rows, ({ candidate }) => candidate),
      incumbent: meansOf(rows, ({ incumbent }) => new Map([[incumbent, 1]])),
    },
  };
}

interface Moves {
  /** Chance under the candidate less that under the serving router, where they differ. */
  readonly by: ReadonlyMap<string, number>;
  /** Total variation: the share of the request that is moved. */
  readonly size: number;
}

function movesOf({ serving, candidate }: ComparedRequest): Moves {
  const by = new Map<string, number>();
  let size = 0;
  for (const id of new Set([...serving.keys(), ...candidate.keys()])) {
    const move = (candidate.get(id) ?? 0) - (serving.get(id) ?? 0);
    if (Math.abs(move) < 1e-12) continue;
    by.set(id, move);
    size += Math.abs(move) / 2;
  }
  return { by, size };
}

/** What the known outcomes of a request weigh in the difference. */
function weightOf({ known }: ComparedRequest, { by }: Moves): number {
  return known.reduce(
    (most, { candidateId, chance }) => Math.max(most, Math.abs(by.get(candidateId) ?? 0) / chance),
    0,
  );
}

function uncoveredOf({ knowable }: ComparedRequest, { by }: Moves): number {
  if (knowable === null) return 0;
  let uncovered = 0;
  for (const [id, move] of by) if (move > 0 && !knowable.has(id)) uncovered += move;
  return uncovered;
}

function robust({ expectedQuality, known }: ComparedRequest, by: ReadonlyMap<string, number>): number {
  let value = 0;
  for (const [id, move] of by) value += move * (expectedQuality.get(id) ?? 0);
  for (const { candidateId, quality, chance } of known) {
    value += ((by.get(candidateId) ?? 0) / chance) * (quality - (expectedQuality.get(candidateId) ?? 0));
  }
  return value;
}

function costOf({ costNanoUsd }: ComparedRequest, by: ReadonlyMap<string, number>): number {
  let value = 0;
  for (const [id, move] of by) value += move * (costNanoUsd.get(id) ?? 0);
  return value;
}

/** From known outcomes alone: each router's self-normalised mean where the two differ, times how often they do. */
function selfNormalised(
  rows: readonly ComparedRequest[],
  moves: readonly Moves[],
  confidence: number,
  disagreement: number,
): Estimate {
  const used = rows.filter((_, i) => moves[i]!.size > 0);
  const [ours, theirs] = [meanOfKnown(used, "candidate"), meanOfKnown(used, "serving")];
  const influence = Float64Array.from(used, (row) => used.length * (ours.residual(row) - theirs.residual(row)));
  const { standardError, n } = clusteredMean(
    influence,
    used.map(({ session }) => session),
  );
  const mean = (ours.value - theirs.value) * disagreement;
  return normalInterval({ mean, standardError: standardError * disagreement, n }, confidence, "paired_snips_normal");
}

function meanOfKnown(rows: readonly ComparedRequest[], side: "candidate" | "serving") {
  const weigh = (row: ComparedRequest, of: (quality: number) => number) =>
    sum(row.known, ({ candidateId, quality, chance }) => ((row[side].get(candidateId) ?? 0) / chance) * of(quality));
  const total = sum(rows, (row) => weigh(row, () => 1));
  const value = sum(rows, (row) => weigh(row, (quality) => quality)) / total;
  return { value, residual: (row: ComparedRequest) => weigh(row, (quality) => quality - value) / total };
}

/** What serving by these chances is worth, doubly robust. */
function meansOf(
  rows: readonly ComparedRequest[],
  chancesOf: (row: ComparedRequest) => ReadonlyMap<string, number>,
): Means {
  return {
    quality: sum(rows, (row) => robust(row, chancesOf(row))) / rows.length,
    costNanoUsd: sum(rows, (row) => costOf(row, chancesOf(row))) / rows.length,
  };
}

function sum<Item>(items: readonly Item[], of: (item: Item, i: number) => number): number {
  let total = 0;
  items.forEach((item, i) => {
    total += of(item, i);
  });
  return total;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
