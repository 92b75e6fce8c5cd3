import { seededRng } from "../../../engine/rng.ts";
import type { Price } from "../../../engine/schema/candidate.ts";
import { certify, type StratumFinding } from "../certify/certify.ts";
import { asymptoticSequence } from "../estimators/asymptotic-sequence.ts";
import { clusteredMean, type Estimate } from "../estimators/estimate.ts";
import { type PriceEnvelope, priceEnvelope } from "../estimators/price-envelope.ts";
import { type ProjectedPoint, projectPolicy } from "../estimators/projection.ts";
import { pairsNeeded } from "../estimators/sample-size.ts";
import type { Audit, ObservedData, ObservedRequest } from "./audit-store.ts";
import { type CalibrationBin, calibrationBins } from "./calibration-bins.ts";
import { columnsWhere, differenceOf, observedColumns } from "./observed-columns.ts";
import { certifySample, uniformAudits } from "./sample.ts";
import { ALL } from "./thresholds.ts";

export interface FiguresOptions {
  readonly confidence: number;
  /** What a certificate would promise. */
  readonly maxQualityLoss: number;
  readonly thresholds: readonly number[] | null;
  readonly goldShare: number;
  /** Nothing more will come: intervals hold at this one look, for all thresholds and for all groups of a kind together. */
  readonly isFinal: boolean;
  readonly prices: readonly { readonly model: string; readonly price: Price }[];
}

export interface GroupFigures extends ProjectedPoint {
  readonly name: string;
  readonly requests: number;
}

/** What an observation says so far. Until it is final, intervals hold on all days together, however often they are looked at. */
export interface Figures {
  /** Requests behind the figures: of a share of sessions where there are very many. */
  readonly requests: number;
  /** What those requests cost at the incumbent, or would have. */
  readonly incumbentNanoUsd: number;
  readonly envelope: readonly (PriceEnvelope & { readonly model: string })[];
  /** The policy as it is; null without traffic that could be audited. */
  readonly projected: ProjectedPoint | null;
  /** From the most careful threshold to the policy as it is; their intervals hold together. Empty without a grid. */
  readonly points: readonly ProjectedPoint[];
  readonly by: Readonly<Record<"task" | "feature" | "tenant", readonly GroupFigures[]>>;
  readonly noise: { readonly audits: number; readonly discordantShare: number; readonly difference: Estimate } | null;
  readonly judgedBy: readonly { readonly name: string; readonly audits: number }[];
  /** Of audits that ended, each weighed by what it stands for. */
  readonly unjudgedShare: number;
  readonly lostShare: number;
  readonly labels: number;
  readonly certifiable: { readonly overall: StratumFinding; readonly strata: readonly StratumFinding[] } | null;
  readonly calibration: readonly CalibrationBin[];
  /** More audits until the interval of the quality difference is half as wide; null while there is none. */
  readonly auditsToHalve: number | null;
  /** Audits that show a quality loss below the promise when there is none. */
  readonly auditsToShow: number | null;
}

/** Sessions at which the intervals are narrowest; fixed before anything was seen. */
const TUNED = 5_000;
const MOST_GROUPS = 12;
const LEAST_NOISE = 10;
const POWER = 0.8;
const LENGTHS = { shortest: 0.5, longest: 2 };

export function figuresOf(data: ObservedData, options: FiguresOptions): Figures {
  const { confidence, maxQualityLoss, thresholds } = options;
  const columns = observedColumns(data, options.goldShare);
  const { rows, traffic } = columns;
  const bands = options.isFinal ? "simultaneous" : "anytime";
  const project = (some: typeof traffic, at: readonly number[], shared = 1) =>
    projectPolicy(some, at, {
      confidence: 1 - (1 - confidence) / shared,
      bands,
      rng: seededRng(1),
      tuned: TUNED,
    }).map(exactWhereStill);
  const points = rows.length === 0 || thresholds === null ? [] : project(traffic, thresholds);
  // At the end the policy as it is is one of the thresholds that hold together.
  const whole = options.isFinal ? points.find(({ threshold }) => threshold === ALL) : undefined;
  const projected = rows.length === 0 ? null : (whole ?? project(traffic, [ALL])[0]!);
  const audits = uniformAudits(data);
  const discordantShare = discordantShareOf(data.audits);
  return {
    requests: data.rows.length,
    incumbentNanoUsd: data.rows.reduce((sum, { incumbentNanoUsd }) => sum + incumbentNanoUsd, 0),
    envelope: envelopeOf(data.rows, options.prices),
    projected,
    points,
    by: {
      task: groupsOf(({ stratum }) => stratum),
      feature: groupsOf(({ feature }) => feature),
      tenant: groupsOf(({ tenant }) => tenant),
    },
    noise: noiseOf(data.audits, confidence),
    judgedBy: judgesOf(data.audits),
    ...sharesOf(data),
    labels: columns.labels,
    certifiable: audits.length === 0 ? null : certifiableOf(),
    calibration: calibrationBins(columns, { confidence, bands, rng: seededRng(1), tuned: TUNED }),
    auditsToHalve: projected === null || projected.audited === 0 ? null : 3 * projected.audited,
    auditsToShow:
      discordantShare === null || maxQualityLoss === 0
        ? null
        : pairsNeeded({ margin: maxQualityLoss, discordantShare, confidence, power: POWER }),
  };

  function groupsOf(nameOf: (row: ObservedRequest) => string | null): GroupFigures[] {
    const counts = new Map<string, number>();
    for (const row of rows) {
      const name = nameOf(row);
      if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const largest = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_GROUPS);
    return largest.map(([name, requests]) => ({
      name,
      requests,
      ...project(
        columnsWhere(columns, (row) => nameOf(row) === name),
        [ALL],
        options.isFinal ? largest.length : 1,
      )[0]!,
    }));
  }

  function certifiableOf(): NonNullable<Figures["certifiable"]> {
    const sample = certifySample(audits);
    const at = {
      thresholds: thresholds ?? [ALL],
      loss: "harm",
      maxQualityLoss,
      confidence,
      test: null,
    } as const;
    const [overall] = certify(sample, { ...at, scope: "overall" });
    return { overall: overall!, strata: certify(sample, { ...at, scope: "strata" }) };
  }
}

/** What moves no request changes nothing, and that is known without audits. */
function exactWhereStill(point: ProjectedPoint): ProjectedPoint {
  if (point.movedShare > 0) return point;
  const nothing = ({ n }: Estimate): Estimate => ({ value: 0, low: 0, high: 0, method: "nothing_moves", n });
  return { ...point, saving: nothing(point.saving), qualityDifference: nothing(point.qualityDifference) };
}

function envelopeOf(rows: readonly ObservedRequest[], prices: FiguresOptions["prices"]): Figures["envelope"] {
  if (rows.length === 0) return [];
  const passive = {
    inputTokens: Float64Array.from(rows, ({ inputTokens }) => inputTokens),
    outputTokens: Float64Array.from(rows, ({ outputTokens }) => outputTokens),
    incumbentCost: Float64Array.from(rows, ({ incumbentNanoUsd }) => incumbentNanoUsd),
  };
  if (passive.incumbentCost.every((cost) => cost === 0)) return [];
  return prices.map(({ model, price }) => ({ model, ...priceEnvelope(passive, price, LENGTHS) }));
}

/** How far the incumbent's second answers are from its first ones. */
function noiseOf(audits: readonly Audit[], confidence: number): Figures["noise"] {
  const seen = audits.flatMap(({ noise }) => noise ?? []);
  if (seen.length < LEAST_NOISE) return null;
  return {
    audits: seen.length,
    discordantShare: seen.filter((difference) => difference !== 0).length / seen.length,
    difference: asymptoticSequence(clusteredMean(Float64Array.from(seen)), confidence, TUNED),
  };
}

function discordantShareOf(audits: readonly Audit[]): number | null {
  const done = audits.filter(({ state, judgedBy }) => state === "done" && judgedBy !== "same_model");
  if (done.length < LEAST_NOISE) return null;
  return Math.max(1, done.filter((audit) => differenceOf(audit) !== 0).length) / done.length;
}

function judgesOf(audits: readonly Audit[]): Figures["judgedBy"] {
  const counts = new Map<string, number>();
  for (const { judgedBy } of audits) if (judgedBy !== null) counts.set(judgedBy, (counts.get(judgedBy) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, audits: count })).sort((a, b) => b.audits - a.audits);
}

function sharesOf({ rows, audits }: ObservedData): Pick<Figures, "unjudgedShare" | "lostShare"> {
  const inclusion = new Map(rows.map((row) => [row.requestId, row.inclusion]));
  const sums = { done: 0, unjudged: 0, lost: 0, queued: 0, running: 0 };
  for (const { requestId, state, judgedBy } of audits) {
    const chance = inclusion.get(requestId);
    if (judgedBy !== "same_model" && chance !== undefined && chance > 0) sums[state] += 1 / chance;
  }
  const ended = sums.done + sums.unjudged + sums.lost;
  return {
    unjudgedShare: ended === 0 ? 0 : sums.unjudged / ended,
    lostShare: ended === 0 ? 0 : sums.lost / ended,
  };
}
