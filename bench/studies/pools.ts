import { compare } from "../policy/compare.ts";
import { routerFor, studyPools } from "../pool-study.ts";
import { POOLS } from "../pools.ts";
import { bar, type StudyBar, type StudyTable } from "../result.ts";
import { defineStudy } from "../study.ts";
import { differenceTable, metricOf, metricTable } from "../study-tables.ts";
import { LEARNED_BASELINES, type RouterTrial, runTrial } from "../trial.ts";

const BARS: Readonly<Record<string, number>> = {
  [POOLS.routerbench.name]: 0.837,
  [POOLS.mmlupro.name]: 0.685,
  [POOLS.zeroeval.name]: 0.828,
};
const BASELINES = ["zero", ...LEARNED_BASELINES, "true task", "shuffled"];
const METRICS = ["aiq", "cost95", "area", "qnc"];

export default defineStudy({
  name: "pools",
  summary: "AIQ over three pools of many models, against the single-model hull, length, kNN, k-means and the true task",
  protocol:
    "AIQ: mean height of the non-decreasing upper hull of (mean cost, quality) from the cheapest model's cost to the best single model's, over a sweep of 160 lambdas of argmax quality - lambda x cost, cost being a model's mean on the training rows. Splits 60/20/20 by hash of question group; the mean over splits. Prompts of other sources lend their task names, never their outcomes.",
  async run(context) {
    const bars: StudyBar[] = [];
    const tables: StudyTable[] = [];
    for (const pool of await studyPools(context, ["routerbench", "mmlupro", "zeroeval"])) {
      const trials: RouterTrial[] = [];
      for (const seed of context.seeds) {
        const router = routerFor(context, pool);
        trials.push(
          await runTrial({
            ...pool.at(seed),
            table: pool.table,
            router,
            baselines: LEARNED_BASELINES,
            fitPredict: context.fitPredict,
            seed,
          }),
        );
        context.log(`${pool.name}, split ${seed}: done`);
      }
      const compared = compare(trials, {
        headline: "aiq",
        subjects: ["weir"],
        baselines: BASELINES,
        resamples: context.resamples,
        seed: 1,
      });
      bars.push(bar(`AIQ, ${pool.name}`, metricOf(compared, "weir", "aiq"), "at least", BARS[pool.name]!));
      const versus = compared.find(({ name }) => name === "weir")?.vs ?? {};
      for (const baseline of ["zero", ...LEARNED_BASELINES]) {
        const low = versus[baseline]?.low;
        if (low !== undefined)
          bars.push(bar(`AIQ over ${baseline}, low end of the interval, ${pool.name}`, low, "at least", 0));
      }
      tables.push(
        metricTable(
          `${pool.name}: ${pool.models.length} models, ${trials.map((trial) => trial.pool.count).join(" / ")} test prompts`,
          compared,
          METRICS,
          `Models: ${pool.models.join(", ")}.`,
        ),
        differenceTable(`${pool.name}: weir against`, compared, "weir"),
      );
    }
    return { bars, tables, charts: [], notes: [] };
  },
});
