import type { QualityTable } from "../../datasets/quality-table.ts";
import { forecastOf } from "../forecast.ts";
import { randomMix, zeroRouter } from "../policy/baselines.ts";
import { compare, type Trial } from "../policy/compare.ts";
import { predictorContender } from "../policy/contender.ts";
import { createYardstick } from "../policy/yardstick.ts";
import { selectPool } from "../pool.ts";
import { bar, type StudyBar, type StudyTable } from "../result.ts";
import { studySplit, withoutSharedGroups } from "../splits.ts";
import { defineStudy, type StudyContext } from "../study.ts";
import { metricOf } from "../study-tables.ts";

const SOURCES = ["routellm", "routerbench", "mmlupro", "zeroeval", "llmrouter9", "bfcl", "alpacaeval"];
const MIN_TRAIN_LABELS = 200;
const MIN_TEST_PROMPTS = 100;
const FALL_BACK = "weir, prior when far";
const NO_FALL_BACK = "weir, always its own word";

export default defineStudy({
  name: "leave-one-source-out",
  summary: "Trained on every source but one, measured on that one: never below the Zero router?",
  protocol:
    "For each source: learn from the train rows of all others (rows that share a question group with its test rows left out), choose among those of its models that have at least 200 labels there, measure on its own test rows. When a prompt is farther from training than 99 % of the training rows, the policy falls back to the models' training means. The Zero router mixes single models on the test rows. Costs on the axis are the source's own; where it has none, APGR between the worst and the best model stands for AIQ.",
  async run(context) {
    const table = await context.readTable({ sources: SOURCES });
    const rows: StudyTable["rows"] = [];
    const bars: StudyBar[] = [];
    for (const source of SOURCES) {
      const trials: Measured[] = [];
      for (const seed of context.seeds) {
        const trial = await leaveOut(context, table, source, seed);
        if (trial !== null) trials.push(trial);
      }
      if (trials.length === 0) {
        rows.push([source, "fewer than two of its models are known from elsewhere", ...Array(7).fill(null)]);
        continue;
      }
      const headline = trials[0]!.yardstick.meanCost === null ? "apgr" : "aiq";
      const zero = headline === "aiq" ? "zero" : "random";
      const compared = compare(trials, {
        headline,
        subjects: [FALL_BACK, NO_FALL_BACK],
        baselines: [zero],
        resamples: context.resamples,
        seed: 1,
      });
      const versus = (name: string) => compared.find((policy) => policy.name === name)?.vs[zero];
      const [kept, bare] = [versus(FALL_BACK), versus(NO_FALL_BACK)];
      const share = trials.reduce((sum, { far }) => sum + far, 0) / trials.length;
      rows.push([
        source,
        trials[0]!.pool.models.join(", "),
        trials.map(({ pool }) => pool.count).join(" / "),
        headline.toUpperCase(),
        100 * share,
        metricOf(compared, zero, headline),
        metricOf(compared, FALL_BACK, headline),
        kept === undefined ? null : `${kept.difference.toFixed(4)} [${kept.low.toFixed(4)}, ${kept.high.toFixed(4)}]`,
        bare === undefined ? null : `${bare.difference.toFixed(4)} [${bare.low.toFixed(4)}, ${bare.high.toFixed(4)}]`,
      ]);
      if (kept !== undefined)
        bars.push(
          bar(
            `${headline.toUpperCase()} less the Zero router's, high end of the interval, ${source}`,
            kept.high,
            "at least",
            0,
          ),
        );
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
            "zero",
            "weir",
            "weir - zero",
            "without fall-back",
          ],
          rows,
          note: "Below the Zero router would be an interval wholly under 0.",
        },
      ],
      charts: [],
      notes: [],
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
  const guarded = priorWhereFar(quality, isFar, meanLabels(table, train, models));
  return {
    pool,
    yardstick,
    far: isFar.reduce((sum, far) => sum + far, 0) / pool.count,
    contenders: [
      predictorContender(FALL_BACK, "router", guarded, yardstick),
      predictorContender(NO_FALL_BACK, "router", quality, yardstick),
      zeroRouter(pool, yardstick),
      randomMix(pool, yardstick, seed),
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

function priorWhereFar(quality: Float32Array, isFar: Uint8Array, means: readonly number[]): Float32Array {
  return quality.map((value, cell) =>
    isFar[Math.floor(cell / means.length)] === 1 ? means[cell % means.length]! : value,
  );
}
