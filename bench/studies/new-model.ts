import { seededRng, shuffle } from "../../engine/rng.ts";
import { aiq } from "../../trainer/metrics/aiq.ts";
import { brier } from "../../trainer/metrics/brier.ts";
import { fitNewModel } from "../../trainer/new-model.ts";
import { forecastOf } from "../forecast.ts";
import { selectPool } from "../pool.ts";
import { routerFor, type StudyPool, type StudySplit, studyPools } from "../pool-study.ts";
import { bar, type StudyBar, type StudyChart, type StudyTable } from "../result.ts";
import { defineStudy, type StudyContext } from "../study.ts";

const LABELS = [25, 50, 100, 400];
const DRAWS = 5;
/** Models held out of a pool: the best, the worst, and those at a third and two thirds of the ranking. */
const RANKS = [0, 1 / 3, 2 / 3, 1];

export default defineStudy({
  name: "new-model",
  summary: "Leave one model out, then add it with 25, 50, 100 or 400 labels and no training: better than its own mean?",
  protocol:
    "For four models of each pool (best, worst, two between), on the first split: the router learns the others; the model joins by labels on prompts drawn from the calibration rows, five draws a size; measured on the test rows. Skill: 1 - Brier score / Brier score of predicting the mean of the same labels. AIQ of the whole pool, the newcomer predicted so, by its mean alone, and by a router that learned from all of its training labels.",
  async run(context) {
    const bars: StudyBar[] = [];
    const tables: StudyTable[] = [];
    const charts: StudyChart[] = [];
    const skills: StudyChart["points"] = [];
    for (const pool of await studyPools(context, ["routerbench", "mmlupro", "zeroeval"])) {
      const split = pool.at(context.seeds[0] ?? 0);
      const all = await fullRouter(context, pool, split);
      const runs: Joined[] = [];
      for (const index of heldOut(split.yardstick.meanQuality)) {
        runs.push(...(await joinModel(context, pool, split, index, all)));
        context.log(`${pool.name}, ${pool.models[index]}: done`);
      }
      const rows = LABELS.flatMap((labels) => {
        const found = runs.filter((run) => run.labels === labels);
        if (found.length === 0) return [];
        const models = [...new Set(found.map(({ model }) => model))];
        const byModel = models.map((model) =>
          mean(found.filter((run) => run.model === model).map(({ skill }) => skill)),
        );
        const skill = mean(byModel);
        skills.push({ series: pool.name, x: labels, y: skill, low: Math.min(...byModel), high: Math.max(...byModel) });
        if (labels === 50)
          bars.push(bar(`Brier skill over its own mean at 50 labels, ${pool.name}`, skill, "at least", 0));
        const shares = `${byModel.filter((value) => value > 0).length} of ${models.length}`;
        return [
          [
            labels,
            skill,
            Math.min(...byModel),
            Math.max(...byModel),
            shares,
            mean(found.map((run) => run.aiq)),
            mean(found.map((run) => run.aiqOfMean)),
            mean(found.map((run) => run.aiqOfAll)),
          ],
        ];
      });
      tables.push({
        title: `${pool.name}: ${[...new Set(runs.map(({ model }) => model))].join(", ")}`,
        columns: [
          "labels",
          "Brier skill",
          "worst model",
          "best model",
          "models above 0",
          "AIQ",
          "AIQ, its mean alone",
          "AIQ, all labels",
        ],
        rows,
        note: "",
      });
    }
    charts.push({
      title: "Brier skill of a new model over its own mean; band: worst and best model",
      kind: "line",
      x: "labels",
      y: "Brier skill",
      isLogX: true,
      points: skills,
    });
    return { bars, tables, charts, notes: [] };
  },
});

interface Joined {
  readonly model: string;
  readonly labels: number;
  readonly skill: number;
  readonly aiq: number;
  readonly aiqOfMean: number;
  readonly aiqOfAll: number;
}

/** Predictions of the test rows by a router that learned every model. */
async function fullRouter(context: StudyContext, pool: StudyPool, { learn, pools }: StudySplit): Promise<Float32Array> {
  const { predictions } = await context.fitPredict({
    table: pool.table,
    ...learn,
    predict: [pools.test.rows, pools.calibration.rows],
    options: routerFor(context, pool),
  });
  return forecastOf(predictions[0]!, pools.test, pool.table, null).quality;
}

async function joinModel(
  context: StudyContext,
  pool: StudyPool,
  { learn, pools, yardstick }: StudySplit,
  index: number,
  all: Float32Array,
): Promise<Joined[]> {
  const others = pool.models.filter((_, model) => model !== index);
  const { predictions } = await context.fitPredict({
    table: pool.table,
    ...learn,
    predict: [pools.test.rows, pools.calibration.rows],
    options: { ...context.router, models: others },
  });
  const scoresOf = (side: "test" | "calibration", at: number) =>
    forecastOf(predictions[at]!, selectPool(pool.table, pools[side].rows, others), pool.table, null).quality;
  const [test, reference] = [scoresOf("test", 0), scoresOf("calibration", 1)];
  const observed = column(pools.test.observed, pool.models.length, index);
  const known = column(pools.calibration.observed, pool.models.length, index);
  const withNewcomer = (newcomer: Float32Array) =>
    poolAiq(
      insertColumn(test, others.length, index, newcomer),
      pools.test.observed,
      yardstick.meanCost,
      pool.models.length,
    );
  const aiqOfAll = poolAiq(all, pools.test.observed, yardstick.meanCost, pool.models.length);
  const like = nearest(yardstick.meanQuality, index);
  const joined: Joined[] = [];
  for (const labels of LABELS.filter((size) => size <= known.length)) {
    for (let draw = 0; draw < DRAWS; draw++) {
      const order = shuffle(Int32Array.from(known.keys()), seededRng(1000 * draw + index));
      const rows = order.subarray(0, labels);
      const quality = Float32Array.from(rows, (row) => known[row]!);
      const score = new Float32Array(labels * others.length);
      rows.forEach((row, at) => {
        score.set(reference.subarray(row * others.length, (row + 1) * others.length), at * others.length);
      });
      const model = fitNewModel({ reference, score, quality, models: others.length, like });
      const predicted = model.predict(test, observed.length).score;
      const own = new Float32Array(observed.length).fill(mean(Array.from(quality)));
      joined.push({
        model: pool.models[index]!,
        labels,
        skill: brierSkill(predicted, own, observed),
        aiq: withNewcomer(predicted),
        aiqOfMean: withNewcomer(own),
        aiqOfAll,
      });
    }
  }
  return joined;
}

/** 0 where the mean alone makes no error, because nothing is left to win. */
function brierSkill(predicted: Float32Array, own: Float32Array, observed: Float32Array): number {
  const error = brier(own, observed).brier;
  return error === 0 ? 0 : 1 - brier(predicted, observed).brier / error;
}

function heldOut(meanQuality: Float64Array): number[] {
  const ranked = Array.from(meanQuality.keys()).sort((a, b) => meanQuality[b]! - meanQuality[a]!);
  return [...new Set(RANKS.map((share) => ranked[Math.round(share * (ranked.length - 1))]!))];
}

/** Position, among the others, of the model whose mean quality is nearest. */
function nearest(meanQuality: Float64Array, index: number): number {
  const others = Array.from(meanQuality).filter((_, model) => model !== index);
  const gaps = others.map((quality) => Math.abs(quality - meanQuality[index]!));
  return gaps.indexOf(Math.min(...gaps));
}

function poolAiq(score: Float32Array, observed: Float32Array, meanCost: Float64Array | null, models: number): number {
  return meanCost === null ? Number.NaN : aiq({ score, observed, meanCost, models }).aiq;
}

function column(matrix: Float32Array, width: number, index: number): Float32Array {
  return Float32Array.from({ length: matrix.length / width }, (_, row) => matrix[row * width + index]!);
}

/** [rows x width] with one more column put in at `index`. */
function insertColumn(matrix: Float32Array, width: number, index: number, values: Float32Array): Float32Array {
  const out = new Float32Array(matrix.length + values.length);
  for (let row = 0; row < values.length; row++) {
    for (let at = 0; at <= width; at++) {
      const from = row * width + (at < index ? at : at - 1);
      out[row * (width + 1) + at] = at === index ? values[row]! : matrix[from]!;
    }
  }
  return out;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
