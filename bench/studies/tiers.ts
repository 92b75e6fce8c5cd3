import { compare } from "../policy/compare.ts";
import { type Contender, predictorContender } from "../policy/contender.ts";
import { headlineOf, routerFor, studyPools } from "../pool-study.ts";
import type { StudyTable } from "../result.ts";
import { defineStudy } from "../study.ts";
import { differenceTable, metricTable } from "../study-tables.ts";
import { type RouterTrial, runTrial } from "../trial.ts";

export default defineStudy({
  name: "tiers",
  summary: "What the text encoder buys: the full tier against the fast one on the same splits",
  protocol:
    "The same estimator is fitted on the same rows twice: on cheap features and n-grams (fast), and with the text encoder beside them (full). Paired differences of AIQ (APGR for the pair of RouteLLM).",
  async run(context) {
    const tables: StudyTable[] = [];
    for (const pool of await studyPools(context, ["routellm", "routerbench", "mmlupro", "zeroeval"])) {
      const headline = headlineOf(pool);
      const trials: RouterTrial[] = [];
      for (const seed of context.seeds) {
        const shared = { ...pool.at(seed), table: pool.table, baselines: [], fitPredict: context.fitPredict, seed };
        const fast = await runTrial({ ...shared, router: routerFor({ router: await context.routerOn("fast") }, pool) });
        const full = await runTrial({ ...shared, router: routerFor({ router: await context.routerOn("full") }, pool) });
        const others = fast.contenders.filter(({ name }) => name === "zero" || name === "true task");
        const both: Contender[] = [
          predictorContender("fast", "router", fast.test.quality, fast.yardstick),
          predictorContender("full", "router", full.test.quality, full.yardstick),
        ];
        trials.push({ ...fast, contenders: [...both, ...others] });
        context.log(`${pool.name}, split ${seed}: done`);
      }
      const compared = compare(trials, {
        headline,
        subjects: ["full"],
        baselines: ["fast"],
        resamples: context.resamples,
        seed: 1,
      });
      tables.push(
        metricTable(pool.name, compared, [headline, ...(headline === "aiq" ? ["cost95"] : ["cpt50", "cpt80"])]),
        differenceTable(`${pool.name}: full against`, compared, "full"),
      );
    }
    return { bars: [], tables, charts: [], notes: [] };
  },
});
