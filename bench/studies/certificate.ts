import { LOSSES } from "../../server/observation/certify/losses.ts";
import { auditsToCertify, pairsNeeded } from "../../server/observation/estimators/sample-size.ts";
import { bestMoved, type LossPopulation, tallyRules, thresholdsOf } from "../certificate-trial.ts";
import { forecastOf } from "../forecast.ts";
import type { Yardstick } from "../policy/yardstick.ts";
import { routerFor, type StudyPool, studyPools } from "../pool-study.ts";
import { bar, type StudyBar, type StudyTable } from "../result.ts";
import { filterRows, groupPosition } from "../splits.ts";
import { defineStudy, type StudyContext } from "../study.ts";

const THRESHOLDS = 40;
const SETTINGS = [
  { alpha: 0.03, n: 1000 },
  { alpha: 0.05, n: 500 },
  { alpha: 0.05, n: 1000 },
  { alpha: 0.05, n: 2000 },
  { alpha: 0.08, n: 1000 },
];
const DELTAS = [0.1, 0.05];
/** A routed model costs at most this share of the incumbent. */
const MOST_COST = 1 / 3;
const TRUE_LOSSES = [0, 0.005, 0.01, 0.015, 0.02];

export default defineStudy({
  name: "certificate",
  summary: "how often a threshold breaks its promise: certificates beside naive and conformal (CRC) thresholds",
  protocol:
    "A router learns from two fifths of a pool's question groups and is tuned on one; the other two fifths, whose outcomes are all known, are the population. Loss: a request leaves the incumbent (best single model) for the cheap model that is predicted best and is answered badly where the incumbent answers well. Calibration sets (--resamples) of n prompts are drawn with replacement; each rule picks one of 40 thresholds, quantiles of scores of other prompts; a promise is broken when the loss in the whole population exceeds alpha. Beside it the audits that a certificate needs, exact.",
  async run(context) {
    const bars: StudyBar[] = [];
    const tables: StudyTable[] = [];
    for (const pool of await studyPools(context, ["routellm", "mmlupro", "routerbench"])) {
      const population = await populationOf(context, pool);
      for (const delta of DELTAS) {
        const { table, worst } = tableOf(pool.name, population, delta, context.resamples);
        tables.push(table);
        for (const [rule, violated] of worst) {
          bars.push(bar(`${pool.name}: ${rule}, promises broken at delta ${delta}`, violated, "at most", delta));
        }
      }
      context.log(`${pool.name}: done`);
    }
    return { bars, tables: [...tables, auditsTable(), pairsTable()], charts: [], notes: [] };
  },
});

async function populationOf(context: StudyContext, pool: StudyPool): Promise<LossPopulation> {
  const [seed = 0] = context.seeds;
  const { learn, pools } = pool.at(seed);
  const isFitted = (row: number) => groupPosition(pool.table.prompts[row]!.group, seed + 1_000) < 2 / 3;
  const held = Int32Array.from([...pools.calibration.rows, ...pools.test.rows]);
  const { pools: sides, yardstick } = pool.over({
    train: filterRows(learn.train, isFitted),
    calibration: filterRows(learn.train, (row) => !isFitted(row)),
    test: held,
  });
  const fitted = await context.fitPredict({
    table: pool.table,
    train: filterRows(learn.train, isFitted),
    calibration: filterRows(learn.train, (row) => !isFitted(row)),
    predict: [sides.test.rows, sides.calibration.rows],
    options: routerFor(context, pool),
  });
  const [test, other] = [sides.test, sides.calibration].map((side, index) => {
    const { quality } = forecastOf(fitted.predictions[index]!, side, pool.table, null);
    return { side, ...routedBy(quality, yardstick) };
  }) as [RoutedRows, RoutedRows]; // two sides in, two out
  const { observed, models } = test.side;
  const at = (row: number, model: number) => observed[row * models.length + model]!;
  return {
    score: test.score,
    loss: test.score.map((_, row) => LOSSES.harm.ofRouted(at(row, yardstick.strong), at(row, test.routed[row]!))),
    thresholds: thresholdsOf(other.score, THRESHOLDS),
  };
}

interface RoutedRows {
  readonly side: StudyPoolSide;
  readonly score: Float64Array;
  readonly routed: Int32Array;
}
type StudyPoolSide = ReturnType<StudyPool["over"]>["pools"]["test"];

/** The cheap model that is predicted best for each row, and what it is predicted to gain over the incumbent. */
function routedBy(quality: Float32Array, { models, strong, weak, meanCost }: Yardstick) {
  const cheap = Array.from({ length: models }, (_, model) => model).filter((model) =>
    models === 2 || meanCost === null ? model === weak : meanCost[model]! <= MOST_COST * meanCost[strong]!,
  );
  const rows = quality.length / models;
  const score = new Float64Array(rows);
  const routed = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const of = (model: number) => quality[row * models + model]!;
    routed[row] = cheap.reduce((best, model) => (of(model) > of(best) ? model : best), cheap[0] ?? weak);
    score[row] = of(routed[row]!) - of(strong);
  }
  return { score, routed };
}

function tableOf(name: string, population: LossPopulation, delta: number, draws: number) {
  const worst = new Map<string, number>();
  const rows = SETTINGS.flatMap(({ alpha, n }, index) => {
    const best = bestMoved(population, alpha);
    return tallyRules(population, { alpha, delta, n, draws, seed: 10 * index + 1 }).map(
      ({ rule, violated, moved, loss }) => {
        if (rule.startsWith("LTT")) worst.set(rule, Math.max(worst.get(rule) ?? 0, violated));
        return [alpha, n, rule, violated, moved, best, loss];
      },
    );
  });
  const table: StudyTable = {
    title: `${name}: ${population.score.length} prompts held out, delta ${delta}`,
    columns: ["alpha", "n", "rule", "broken", "moved", "could be moved", "mean loss"],
    rows,
    note: "broken: share of the calibration sets whose threshold loses more than alpha in truth; CRC promises its mean alone.",
  };
  return { table, worst };
}

function auditsTable(): StudyTable {
  return {
    title: "Uniform audits that certify a loss of at most 3 points, exact binomial",
    columns: ["true loss", "95 %, power 80 %", "95 %, power 90 %", "90 %, power 80 %"],
    rows: TRUE_LOSSES.map((loss) => [
      loss,
      auditsToCertify(0.03, 0.05, loss, 0.8),
      auditsToCertify(0.03, 0.05, loss, 0.9),
      auditsToCertify(0.03, 0.1, loss, 0.8),
    ]),
    note: "By stratum at delta / strata it takes more: put the smaller delta in.",
  };
}

function pairsTable(): StudyTable {
  const needed = (margin: number, discordantShare: number, perSession = 1, intraclassCorrelation = 0) =>
    pairsNeeded({ margin, discordantShare, confidence: 0.95, power: 0.8, perSession, intraclassCorrelation });
  return {
    title: "Audited pairs that show no loss of a margin, one-sided 95 %, power 80 %, when there is none",
    columns: ["pairs that differ", "1 point", "2 points", "3 points", "5 points", "3 points, 3 a session of ICC .3"],
    rows: [0.05, 0.1, 0.2].map((share) => [
      share,
      needed(0.01, share),
      needed(0.02, share),
      needed(0.03, share),
      needed(0.05, share),
      needed(0.03, share, 3, 0.3),
    ]),
    note: "Normal approximation.",
  };
}
