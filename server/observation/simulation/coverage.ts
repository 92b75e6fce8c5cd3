import { seededRng } from "../../../engine/rng.ts";
import { aipw, influenceOf } from "../estimators/aipw.ts";
import { asymptoticSequence } from "../estimators/asymptotic-sequence.ts";
import { bernsteinSequence } from "../estimators/bernstein-sequence.ts";
import { bettingSequence } from "../estimators/betting-sequence.ts";
import { bcaBootstrap } from "../estimators/bootstrap.ts";
import { empiricalBernstein } from "../estimators/empirical-bernstein.ts";
import { clusteredMean, clusterSums, type Estimate } from "../estimators/estimate.ts";
import { hajek } from "../estimators/ipw.ts";
import { withJudgeOnGoldScale } from "../estimators/judge-to-gold.ts";
import { normalInterval } from "../estimators/normal-interval.ts";
import { type ProjectedPoint, projectPolicy } from "../estimators/projection.ts";
import { savingShare } from "../estimators/ratio.ts";
import { SIMULATED_DAYS, type SimulatedTraffic, simulateTraffic, trueValues } from "./simulated-traffic.ts";

/** How often an interval held over many simulated observations. */
export interface Coverage {
  readonly method: string;
  /** `nominal`: must hold as often as it says. `naive`: stands beside to show what goes wrong. */
  readonly kind: "nominal" | "naive";
  readonly covered: number;
  readonly runs: number;
  readonly meanWidth: number;
}

const CONFIDENCE = 0.95;
const TUNED = 1_500;
const THRESHOLDS = [2, 1.5, 1, 0.5, 0, -0.5, -1, -1.5, -9];
const SIMULATION = { sessions: 1_600, uniform: 0.15, likeness: 0.5 };

interface Trial {
  readonly kind: Coverage["kind"];
  readonly isCovered: boolean;
  readonly width: number;
}

/** Coverage of every estimator at 95 % over simulated observations of some 4,000 requests each, of which a quarter is audited. */
export function measureCoverage(runs: number, seed: number): Coverage[] {
  const truths = THRESHOLDS.map(trueValues);
  const tallies = new Map<string, { kind: Coverage["kind"]; covered: number; width: number }>();
  for (let run = 0; run < runs; run++) {
    for (const [method, { kind, isCovered, width }] of Object.entries(observeOnce(seed * 1_000_003 + run, truths))) {
      const tally = tallies.get(method) ?? { kind, covered: 0, width: 0 };
      tally.covered += isCovered ? 1 : 0;
      tally.width += width / runs;
      tallies.set(method, tally);
    }
  }
  return [...tallies].map(([method, { kind, covered, width }]) => ({ method, kind, covered, runs, meanWidth: width }));
}

type Truths = readonly ReturnType<typeof trueValues>[];

function observeOnce(seed: number, truths: Truths): Record<string, Trial> {
  const rng = seededRng(seed);
  const traffic = simulateTraffic(SIMULATION, rng);
  const { difference, cluster } = traffic;
  const whole = truths.at(-1)!;
  const rows = { ...difference, cluster };
  const { gold: _, ...judgeAlone } = rows;
  const audited = [...difference.isAudited.keys()].filter((row) => difference.isAudited[row] === 1);
  const pick = (values: ArrayLike<number>) => Float64Array.from(audited, (row) => values[row]!);
  const exact = { outcome: pick(difference.gold!.value), inclusion: pick(difference.inclusion) };
  const perSession = uniformFirsts(traffic);
  const range = { low: -1, high: 1 };
  const bands = (kind: "simultaneous" | "anytime", of: SimulatedTraffic) =>
    projectPolicy(of, THRESHOLDS, { confidence: CONFIDENCE, bands: kind, rng: seededRng(seed + 7), tuned: TUNED });
  const trial = (estimate: Estimate, kind: Coverage["kind"] = "nominal", truth = whole.qualityDifference): Trial => ({
    kind,
    isCovered: holds(estimate, truth),
    width: estimate.high - estimate.low,
  });
  const peeked = (look: (until: number) => Estimate, kind: Coverage["kind"] = "nominal"): Trial => {
    const looks = Array.from({ length: SIMULATED_DAYS }, (_, day) => look(day));
    const last = looks.at(-1)!;
    return {
      kind,
      isCovered: looks.every((estimate) => holds(estimate, whole.qualityDifference)),
      width: last.high - last.low,
    };
  };
  const influence = influenceOf(withJudgeOnGoldScale(rows));
  const untilDay = (day: number) => clusteredMean(...prefix(influence, cluster, traffic.day, day));
  return {
    "IPW, weights unequal, clustered": trial(
      hajek({ ...exact, cluster: Array.from(audited, (row) => cluster[row]!) }, CONFIDENCE),
    ),
    "AIPW, judge corrected by gold": trial(aipw(withJudgeOnGoldScale(rows), CONFIDENCE)),
    "AIPW, raw judge corrected by gold": trial(aipw(rows, CONFIDENCE)),
    "empirical Bernstein": trial(empiricalBernstein(perSession.values, range, CONFIDENCE)),
    "BCa bootstrap of the saving, by session": trial(savingBootstrap(traffic, seed), "nominal", whole.saving),
    "delta method of the saving, by session": trial(savingDelta(traffic), "nominal", whole.saving),
    "simultaneous bands, quality": bandTrial(bands("simultaneous", traffic), truths, "qualityDifference"),
    "simultaneous bands, saving": bandTrial(bands("simultaneous", traffic), truths, "saving"),
    "anytime bands, quality": bandTrial(bands("anytime", traffic), truths, "qualityDifference"),
    "Bernstein sequence, looked at daily": peeked((day) => bernsteinSequence(perSession.until(day), range, CONFIDENCE)),
    "betting sequence, looked at daily": peeked((day) => bettingSequence(perSession.until(day), range, CONFIDENCE)),
    "asymptotic sequence of AIPW, looked at daily": peeked((day) =>
      asymptoticSequence(untilDay(day), CONFIDENCE, TUNED),
    ),
    "naive: normal interval of AIPW, looked at daily": peeked(
      (day) => normalInterval(untilDay(day), CONFIDENCE, "naive"),
      "naive",
    ),
    "naive: the judge's word, not corrected": trial(aipw(judgeAlone, CONFIDENCE), "naive"),
    "naive: audits as if drawn equally": trial(
      normalInterval(
        clusteredMean(
          exact.outcome,
          Array.from(audited, (row) => cluster[row]!),
        ),
        CONFIDENCE,
        "naive",
      ),
      "naive",
    ),
    "naive: requests as if of different sessions": trial(
      normalInterval(clusteredMean(influenceOf(alone(rows))), CONFIDENCE, "naive"),
      "naive",
    ),
  };
}

function holds({ low, high }: Estimate, truth: number): boolean {
  return low <= truth && truth <= high;
}

function bandTrial(points: readonly ProjectedPoint[], truths: Truths, of: "qualityDifference" | "saving"): Trial {
  return {
    kind: "nominal",
    isCovered: points.every((point, i) => holds(point[of], truths[i]![of])),
    width: points.at(-1)![of].high - points.at(-1)![of].low,
  };
}

/** Every request audited: what is left is how alike requests of a session are. */
function alone({ prediction, judged: _, gold, inclusion }: ReturnType<typeof rowsOf>) {
  return {
    prediction,
    judged: gold!.value,
    inclusion: inclusion.map(() => 1),
    isAudited: new Uint8Array(prediction.length).fill(1),
  };
}

function rowsOf({ difference, cluster }: SimulatedTraffic) {
  return { ...difference, cluster };
}

/** True differences of the first uniform audit of each session: independent, bounded. */
function uniformFirsts({ isUniform, cluster, difference, day }: SimulatedTraffic) {
  const seen = new Set<number>();
  const rows = [...isUniform.keys()].filter((row) => {
    if (isUniform[row] === 0 || seen.has(cluster[row]!)) return false;
    seen.add(cluster[row]!);
    return true;
  });
  const of = (some: readonly number[]) => Float64Array.from(some, (row) => difference.gold!.value[row]!);
  return { values: of(rows), until: (last: number) => of(rows.filter((row) => day[row]! <= last)) };
}

function prefix(
  values: Float64Array,
  cluster: Int32Array,
  day: Int32Array,
  last: number,
): [values: Float64Array, cluster: Int32Array] {
  const end = day.findIndex((at) => at > last);
  return end < 0 ? [values, cluster] : [values.subarray(0, end), cluster.subarray(0, end)];
}

function savingDelta({ difference, expectedCost, auditedCost, incumbentCost, cluster }: SimulatedTraffic) {
  const { inclusion, isAudited } = difference;
  const cost = influenceOf({ prediction: expectedCost, judged: auditedCost, inclusion, isAudited });
  return normalInterval(savingShare(cost, incumbentCost, cluster), CONFIDENCE, "aipw_ratio_normal");
}

function savingBootstrap(
  { difference, expectedCost, auditedCost, incumbentCost, cluster }: SimulatedTraffic,
  seed: number,
) {
  const { inclusion, isAudited } = difference;
  const cost = clusterSums(
    influenceOf({ prediction: expectedCost, judged: auditedCost, inclusion, isAudited }),
    cluster,
  );
  const baseline = clusterSums(incumbentCost, cluster);
  return bcaBootstrap(
    cost.length,
    (times) => {
      let [top, bottom] = [0, 0];
      for (let i = 0; i < times.length; i++) {
        top += times[i]! * cost[i]!;
        bottom += times[i]! * baseline[i]!;
      }
      return 1 - top / bottom;
    },
    { confidence: CONFIDENCE, rng: seededRng(seed + 13), resamples: 1000 },
  );
}
