import { reportCalibration } from "../calibration-report.ts";
import { routerFor, studyPools } from "../pool-study.ts";
import { bar, type StudyBar, type StudyChart, type StudyTable } from "../result.ts";
import { defineStudy } from "../study.ts";
import { pooledCalibration, runTrial } from "../trial.ts";

const MIN_TEST_LABELS = 1_000;
const BAR = 0.025;

export default defineStudy({
  name: "calibration",
  summary: "ECE and Brier score of every model's predicted quality, in-domain",
  protocol:
    "Predictions after the trainer's own calibration on test rows, those of all splits put together; ECE over 15 equal-mass bins less what label noise alone would show (and plain beside it), intervals by question group. The bar holds for models with at least 1,000 test labels.",
  async run(context) {
    const bars: StudyBar[] = [];
    const tables: StudyTable[] = [];
    const charts: StudyChart[] = [];
    for (const pool of await studyPools(context, ["routellm", "mmlupro", "routerbench", "zeroeval"])) {
      const trials = [];
      for (const seed of context.seeds) {
        const { fitPredict } = context;
        trials.push(
          await runTrial({
            ...pool.at(seed),
            table: pool.table,
            router: routerFor(context, pool),
            baselines: [],
            fitPredict,
            seed,
          }),
        );
      }
      const together = pooledCalibration(trials);
      const found = reportCalibration(together.pool, together.predicted, { resamples: context.resamples, seed: 1 });
      tables.push({
        title: `${pool.name}, ${together.pool.count} test predictions of ${trials.length} splits`,
        columns: ["model", "ECE", "low", "high", "ECE plain", "Brier", "n"],
        rows: found.map(({ model, ece, ece_low, ece_high, ece_plain, brier, n }) => [
          model,
          ece,
          ece_low,
          ece_high,
          ece_plain,
          brier,
          n,
        ]),
        note: "",
      });
      charts.push({
        title: `${pool.name}: reliability`,
        kind: "reliability",
        x: "predicted quality",
        y: "observed quality",
        isLogX: false,
        points: found.flatMap(({ model, bins }) =>
          bins.map(({ predicted, observed }) => ({ series: model, x: predicted, y: observed, low: null, high: null })),
        ),
      });
      if (together.pool.count >= MIN_TEST_LABELS) {
        for (const { model, ece } of found) bars.push(bar(`ECE of ${model}, ${pool.name}`, ece, "at most", BAR));
      }
      context.log(`${pool.name}: done`);
    }
    return { bars, tables, charts, notes: [] };
  },
});
