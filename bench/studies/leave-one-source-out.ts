import type { QualityTable } from "../../datasets/quality-table.ts";
import { forecastOf } from "../forecast.ts";
import { zeroRouter } from "../policy/baselines.ts";
import { compare, type Trial } from "../policy/compare.ts";
import { predictorContender } from "../policy/contender.ts";
import { createYardstick } from "../policy/yardstick.ts";
import { selectPool } from "../pool.ts";
import { bar, type Comparison, type StudyBar, type StudyTable } from "../result.ts";
import { studySplit, withoutSharedGroups } from "../splits.ts";
import { defineStudy, type StudyContext } from "../study.ts";
import { metricOf } from "../study-tables.ts";

const SOURCES = ["routellm", "routerbench", "mmlupro", "zeroeval", "llmrouter9", "bfcl", "alpacaeval"];
const MIN_TRAIN_LABELS = 200;
const MIN_TEST_PROMPTS = 100;
const WEIR = "weir";
const WEIR_GUARDED = "weir, prior when far";
const PRIOR = "zero by training means";
const HINDSIGHT = "zero";

export default defineStudy({
  name: "leave-one-source-out",
  summary: "Trained on every source but one, measured on that one: never below the Zero router?",
  protocol:
    "For each source: learn from the train rows of all others (rows that share a question group with its test rows left out), choose among those of its models that have at least 200 labels there, measure on its own test rows. Beside the router's own word: the models' training means for prompts farther from training than 99 % of the training rows. Two Zero routers: the one that knows what we know (single models mixed by their means in training) and the one in hindsight (mixed by their means on the very test rows, which no router has). Costs on the axis are the source's own; where it has none, APGR between the worst and the best model stands for AIQ.",
  async run(context) {
    const table = await context.readTable({ sources: SOURCES });
    const rows: StudyTable["rows"] = [];
    const bars: StudyBar[] = [];
    const notes: string[] = [];
    for (const source of SOURCES) {
      const trials: Measured[] = [];
      for (const seed of context.seeds) {
        const trial = await leaveOut(context, table, source, seed);
        if (trial !== null) trials.push(trial);
      }
      if (trials.length === 0) {
        rows.push([source, "fewer than two of its models are known from elsewhere", ...Array(8).fill(null)]);
        continue;
      }
      const headline = trials[0]!.yardstick.meanCost === null ? "apgr" : "aiq";
      const compared = compare(trials, {
        headline,
        subjects: [WEIR, WEIR_GUARDED],
        baselines: [PRIOR, HINDSIGHT],
        resamples: context.resamples,
        seed: 1,
      });
      const versus = (name: string, zero: string) => compared.find((policy) => policy.name === name)?.vs[zero];
      const share = trials.reduce((sum, { far }) => sum + far, 0) / trials.length;
      rows.push([
        source,
        trials[0]!.pool.models.length,
        trials.map(({ pool }) => pool.count).join(" / "),
        headline.toUpperCase(),
        100 * share,
        metricOf(compared, PRIOR, headline),
        metricOf(compared, WEIR, headline),
        differenceText(versus(WEIR, PRIOR)),
        differenceText(versus(WEIR_GUARDED, PRIOR)),
        differenceText(versus(WEIR, HINDSIGHT)),
      ]);
      const kept = versus(WEIR, PRIOR);
      if (kept !== undefined) {
        const what = `${headline.toUpperCase()} less the Zero router's (training means), high end of the interval, ${source}`;
        bars.push(bar(what, kept.high, "at least", 0));
      }
      notes.push(`${source}: ${trials[0]!.pool.models.join(", ")}`);
      context.log(`${source}: done`);
    }
    return {
      bars,
      tables: [
        {
          title: "Out of domain",
          columns: [
            "source left out",
            "models",
            "test prompts",
            "metric",
            "far %",
            "zero by training means",
            "weir",
            "weir - zero",
            "guarded - zero",
            "weir - zero in hindsight",
          ],
          rows,
          note: "Below the Zero router would be an interval wholly under 0.",
        },
      ],
      charts: [],
      notes,
    };
  },
});

interface Measured extends Trial {
  /** Share of test prompts far from what was learned from. */
  readonly far: number;
}

async function leaveOut(
  context: StudyContext,
  table: QualityTable,
  source: string,
  seed: number,
): Promise<Measured | null> {
  const split = studySplit(table, seed);
  const own = (rows: Int32Array) => rows.filter((row) => table.prompts[row]!.source === source);
  const others = (rows: Int32Array) => rows.filter((row) => table.prompts[row]!.source !== source);
  const test = own(split.test);
  const train = withoutSharedGroups(table, others(split.train), test);
  const calibration = withoutSharedGroups(table, others(split.calibration), test);
  const models = knownModels(table, train, test);
  if (models.length < 2) return null;
  const pool = selectPool(table, test, models);
  if (pool.count < MIN_TEST_PROMPTS) return null;
  const yardstick = createYardstick(selectPool(table, own(split.train), models));
  const options = { ...context.router, models };
  const { predictions, outOfDistributionAbove } = await context.fitPredict({
    table,
    train,
    calibration,
    predict: [pool.rows],
    options,
  });
  const found = predictions[0]!;
  const quality = forecastOf(found, pool, table, null).quality;
  const isFar = Uint8Array.from(found.outOfDistribution, (distance) => (distance > outOfDistributionAbove ? 1 : 0));
  const means = meanLabels(table, train, models);
  const guarded = priorWhereFar(quality, isFar, means);
  const everywhere = new Uint8Array(pool.count).fill(1);
  return {
    pool,
    yardstick,
    far: isFar.reduce((sum, far) => sum + far, 0) / pool.count,
    contenders: [
      predictorContender(WEIR, "router", quality, yardstick),
      predictorContender(WEIR_GUARDED, "router", guarded, yardstick),
      predictorContender(PRIOR, "baseline", priorWhereFar(quality, everywhere, means), yardstick),
      zeroRouter(pool, yardstick),
    ],
  };
}

/** Models of the test rows (on 98 % of them) that have labels enough elsewhere. */
function knownModels(table: QualityTable, train: Int32Array, test: Int32Array): string[] {
  const width = table.models.length;
  const labels = (rows: Int32Array, model: number) =>
    rows.reduce((n, row) => n + (Number.isNaN(table.quality[row * width + model]!) ? 0 : 1), 0);
  return table.models.filter(
    (_, model) => labels(test, model) >= 0.98 * test.length && labels(train, model) >= MIN_TRAIN_LABELS,
  );
}

function meanLabels(table: QualityTable, train: Int32Array, models: readonly string[]): number[] {
  const width = table.models.length;
  return models.map((model) => {
    const column = table.models.indexOf(model);
    const labels = Array.from(train, (row) => table.quality[row * width + column]!).filter(
      (label) => !Number.isNaN(label),
    );
    return labels.reduce((sum, label) => sum + label, 0) / labels.length;
  });
}

function differenceText(found: Comparison | undefined): string | null {
  return found === undefined
    ? null
    : `${found.difference.toFixed(4)} [${found.low.toFixed(4)}, ${found.high.toFixed(4)}]`;
}

function priorWhereFar(quality: Float32Array, isFar: Uint8Array, means: readonly number[]): Float32Array {
  return quality.map((value, cell) =>
    isFar[Math.floor(cell / means.length)] === 1 ? means[cell % means.length]! : value,
  );
}
