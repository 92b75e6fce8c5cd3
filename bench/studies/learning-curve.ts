import { seededRng, shuffle } from "../../engine/rng.ts";
import { compare } from "../policy/compare.ts";
import { headlineOf, routerFor, type StudyPool, type StudySplit, studyPools } from "../pool-study.ts";
import type { StudyChart, StudyTable } from "../result.ts";
import { defineStudy, type StudyContext } from "../study.ts";
import { metricOf } from "../study-tables.ts";
import { type RouterTrial, runTrial } from "../trial.ts";

const SIZES = [300, 1_000, 3_000, 10_000, 30_000];
const REFERENCES = ["zero", "true task"];

export default defineStudy({
  name: "learning-curve",
  summary: "APGR or AIQ against the number of labelled prompts",
  protocol:
    "Of each split's training and calibration rows, whole groups are drawn until the wanted number of labelled prompts is there (a quarter of them for calibration); the test rows stay. Only labelled prompts of the pool's own source are seen. The reference with the true task learns from the same rows.",
  async run(context) {
    const charts: StudyChart[] = [];
    const tables: StudyTable[] = [];
    for (const pool of await studyPools(context, ["routellm", "mmlupro"])) {
      const headline = headlineOf(pool);
      const points: StudyChart["points"] = [];
      const rows: StudyTable["rows"] = [];
      for (const size of sizesFor(pool, context)) {
        const trials: RouterTrial[] = [];
        for (const seed of context.seeds) {
          const split = shrink(pool, pool.at(seed), size, seed);
          trials.push(
            await runTrial({
              ...split,
              table: pool.table,
              router: routerFor(context, pool),
              baselines: ["length", "knn"],
              fitPredict: context.fitPredict,
              seed,
            }),
          );
        }
        const compared = compare(trials, {
          headline,
          subjects: ["weir"],
          baselines: [],
          resamples: context.resamples,
          seed: 1,
        });
        for (const name of ["weir", "length", "knn", ...REFERENCES]) {
          const found = compared.find((policy) => policy.name === name)?.metrics[headline];
          if (found !== undefined)
            points.push({
              series: name,
              x: size,
              y: found.value,
              low: name === "weir" ? found.low : null,
              high: name === "weir" ? found.high : null,
            });
        }
        rows.push([
          size,
          ...["weir", "length", "knn", "true task", "zero"].map((name) => orNull(metricOf(compared, name, headline))),
        ]);
        context.log(
          `${pool.name}, ${size} labelled prompts: ${headline} ${metricOf(compared, "weir", headline).toFixed(4)}`,
        );
      }
      charts.push({
        title: `${pool.name}: ${headline.toUpperCase()} by labelled prompts`,
        kind: "line",
        x: "labelled prompts",
        y: headline.toUpperCase(),
        isLogX: true,
        points,
      });
      tables.push({
        title: `${pool.name}: ${headline.toUpperCase()}`,
        columns: ["labelled prompts", "weir", "length", "knn", "true task", "zero"],
        rows,
        note: "",
      });
    }
    return { bars: [], tables, charts, notes: [] };
  },
});

function sizesFor(pool: StudyPool, { seeds, maxRows }: StudyContext): number[] {
  const { train, calibration } = pool.at(seeds[0] ?? 0).pools;
  const most = Math.min(train.count + calibration.count, maxRows ?? Number.POSITIVE_INFINITY);
  return [...SIZES.filter((size) => size < most), most];
}

/** The split with only so many labelled prompts to learn from, drawn by group. */
function shrink(pool: StudyPool, split: StudySplit, size: number, seed: number): StudySplit {
  const take = (rows: Int32Array, wanted: number) => {
    const byGroup = new Map<string, number[]>();
    for (const row of rows) {
      const { group } = pool.table.prompts[row]!;
      const members = byGroup.get(group);
      if (members === undefined) byGroup.set(group, [row]);
      else members.push(row);
    }
    const groups = [...byGroup.values()];
    const order = shuffle(
      Int32Array.from(groups, (_, index) => index),
      seededRng(seed),
    );
    const taken: number[] = [];
    for (const index of order) {
      if (taken.length >= wanted) break;
      taken.push(...groups[index]!);
    }
    return Int32Array.from(taken.slice(0, wanted)).sort();
  };
  const { train, calibration } = split.pools;
  const share = train.count / (train.count + calibration.count);
  const rows = {
    train: take(train.rows, Math.round(size * share)),
    calibration: take(calibration.rows, Math.round(size * (1 - share))),
  };
  return pool.over({ ...rows, test: split.pools.test.rows });
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
