import { readAnswers } from "../../datasets/read-answers.ts";
import { seededRng } from "../../engine/rng.ts";
import { breakEven } from "../cascade/break-even.ts";
import { type CascadeSplit, type CascadeTrial, runCascadeTrial } from "../cascade/cascade-trial.ts";
import { CASES, type CascadeCase } from "../cascade/cases.ts";
import { labelFreeAgreement, singleSetting } from "../cascade/contenders.ts";
import { fewLabelsTable } from "../cascade/few-labels.ts";
import { type Found, findSweeps, operatingPoint, structuresOf } from "../cascade/find.ts";
import { latencyTable } from "../cascade/latency.ts";
import { measureSweep, pairedDifference, pointOf, type SweepMeasures } from "../cascade/measure.ts";
import { openTextTable } from "../cascade/open-text.ts";
import { transferTable } from "../cascade/transfer.ts";
import { interval } from "../policy/compare.ts";
import { bar, type Estimate, type StudyBar, type StudyTable } from "../result.ts";
import { defineStudy, type StudyContext } from "../study.ts";

interface Measured {
  readonly definition: CascadeCase;
  readonly trials: readonly CascadeTrial[];
  readonly found: readonly Found[];
  readonly difference: Estimate;
}

/** Quality on train rows that an operating point may be short of the best single model's: less than their noise. */
const SHORT_OF_BEST = 0.005;

/** AIQ above the hull of the single models that the study of cascades reports for its best row, on the given split. */
const BEST_ROW_OVER_SINGLES = { [CASES.mmluproPool.name]: 0.03, [CASES.zeroevalPool.name]: 0.027 } as const;

export default defineStudy({
  name: "cascade",
  summary:
    "plans that look at the cheap answer before they pay for the dear one, every call paid, against our pre-call router",
  protocol:
    "Recorded answers and outcomes; every call paid at its recorded cost. Splits: the one that the data came with, and three quarters to train by group hash under seeds 0, 1, ... Expectations of train rows are out of fold; structures, trade-offs, the choice among plans and whether they pay are found on train rows alone. AIQ: mean height of the hull of (cost, quality) from the cheapest model's recorded cost to the best single model's; APGR in dollars: AIQ as a share of the gap in quality between the two. The pre-call router is the best on train rows of: our router, our router calibrated anew, and the plans' own second stage without structures. Intervals: 95 %, question groups drawn with replacement, the same draw for both.",
  async run(context) {
    const splits: CascadeSplit[] = ["given", ...context.seeds];
    const measured: Measured[] = [];
    for (const definition of Object.values<CascadeCase>(CASES)) {
      measured.push(await measureCase(context, definition, splits));
    }
    const of = (wanted: CascadeCase) => measured.find(({ definition }) => definition === wanted)!;
    const trio = operating(of(CASES.zeroevalTrio), context.resamples);
    const free = agreementOverAll(of(CASES.zeroevalTrio).trials[0]!, context.resamples);
    const bars: StudyBar[] = [
      bar(`APGR in dollars, ${CASES.mmluproPair.name}`, meanApgr(of(CASES.mmluproPair)), "at least", 0.95),
      bar(`APGR in dollars, ${CASES.gsm8kPair.name}`, meanApgr(of(CASES.gsm8kPair)), "at least", 0.78),
      bar(`quality over sonnet's, low end of the interval, ${CASES.zeroevalTrio.name}`, trio.low, "at least", -0.01),
      bar(`share of sonnet's cost, ${CASES.zeroevalTrio.name}`, trio.costShare, "at most", 0.5),
      bar("the same by agreement without labels, all prompts: low end of the interval", free.low, "at least", -0.01),
      bar("the same by agreement without labels, all prompts: share of sonnet's cost", free.costShare, "at most", 0.5),
      ...Object.entries(BEST_ROW_OVER_SINGLES).map(([name, limit]) => {
        const one = measured.find(({ definition }) => definition.name === name)!;
        return bar(`AIQ over the single models' hull, given split, ${name}`, overSingles(one), "at least", limit);
      }),
      bar(
        `AIQ over the single models' hull, given split, ${CASES.gsm8kPair.name}`,
        overSingles(of(CASES.gsm8kPair)),
        "at least",
        0.065,
      ),
      ...measured.map(({ definition, difference }) =>
        bar(
          `AIQ over the pre-call router, high end of the interval, ${definition.name}`,
          difference.high,
          "at least",
          0,
        ),
      ),
      ...measured
        .filter(({ definition }) => definition.declines)
        .map(({ definition, trials }) =>
          bar(
            `share of splits in which plans were declined, ${definition.name}`,
            trials.filter(({ solved }) => !solved.pays).length / trials.length,
            "at least",
            1,
          ),
        ),
    ];
    const openText = await openTextTable(context);
    const latency = await latencyTable(context, of(CASES.mmluproPair), of(CASES.zeroevalTrio));
    const even = breakEven(
      [of(CASES.mmluproPair).trials[0]!, of(CASES.gsm8kPair).trials[0]!],
      [CASES.mmluproPair.name, CASES.gsm8kPair.name],
    );
    const tables: StudyTable[] = [
      ...measured.map(caseTable),
      operatingTable(measured, context.resamples),
      await transferTable(of(CASES.mmluproPair).trials[0]!, of(CASES.zeroevalTrio).trials[0]!),
      await fewLabelsTable(
        [CASES.mmluproPair, CASES.gsm8kPair].map((one) => ({ name: one.name, trial: of(one).trials[0]! })),
      ),
      even.table,
      latency,
      openText.table,
    ];
    return {
      bars: [...bars, openText.bar],
      tables,
      charts: [even.chart],
      notes: [
        "Costs of these sources are computed from estimated tokens at the list prices of 2024.",
        "Text compression of an answer is left out of its features: it takes as long as all the others together.",
        "Log-probabilities and repeated samples are recorded for none of these answers, so they are not used.",
      ],
    };
  },
});

async function measureCase(
  context: StudyContext,
  definition: CascadeCase,
  splits: readonly CascadeSplit[],
): Promise<Measured> {
  const table = await context.readTable({ sources: [definition.source], models: definition.models });
  const answers = await readAnswers(context.data, definition.source, table);
  const trials: CascadeTrial[] = [];
  for (const split of splits) {
    trials.push(await runCascadeTrial(table, answers, definition, split, context.router));
    const { gain, gainLow, pays } = trials.at(-1)!.solved;
    context.log(
      `${definition.name}, split ${split}: ${pays ? "pays" : "declined"}, gain ${gain.toFixed(4)}, low ${gainLow.toFixed(4)}`,
    );
  }
  const found = trials.map(findSweeps);
  const difference = pairedDifference(
    trials,
    (trial, index, rows) =>
      measureSweep(trial, found[index]!.cascade, "test", rows).aiq -
      measureSweep(trial, found[index]!.preCall, "test", rows).aiq,
    context.resamples,
  );
  return { definition, trials, found, difference };
}

function caseTable({ definition, trials, found, difference }: Measured): StudyTable {
  const line = (name: string, of: (index: number) => SweepMeasures) => {
    const all = trials.map((_, index) => of(index));
    const mean = (metric: keyof SweepMeasures) => all.reduce((sum, one) => sum + one[metric], 0) / all.length;
    const bySplit = all.map(({ apgrUsd }) => apgrUsd.toFixed(3)).join(" ");
    return [name, mean("aiq"), mean("apgrUsd"), mean("c98"), mean("c100"), bySplit];
  };
  const sweep = (name: keyof Found) =>
    line(
      name === "anyway" ? "plans, paying or not" : name === "cascade" ? "weir with plans" : "weir before any call",
      (index) => measureSweep(trials[index]!, found[index]![name], "test"),
    );
  const singles = line("single models", (index) => {
    const trial = trials[index]!;
    const settings = trial.models.map((_, model) => singleSetting(trial, "test", model));
    return measureSweep(trial, { name: "", settings }, "test");
  });
  return {
    title: `${definition.name}: ${trials.map(({ test }) => test.pool.count).join(" / ")} test prompts`,
    columns: ["", "AIQ", "APGR$", "c98", "c100", "APGR$ by split"],
    rows: [singles, sweep("preCall"), sweep("cascade"), sweep("anyway")],
    note:
      `Weir with plans less weir before any call: AIQ ${signed(difference.value)} [${signed(difference.low)}, ${signed(difference.high)}]. ` +
      `Pre-call router on the given split: ${found[0]!.preCall.name}. Structures there: ${structuresOf(trials[0]!)}. ` +
      `Shown to pay on train rows: ${trials.map(({ solved }) => (solved.pays ? "yes" : "no")).join(" ")}.`,
  };
}

interface Operating {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly costShare: number;
}

/** Setting chosen on train rows to keep the best single model's quality, measured on test rows. */
function operating({ trials }: Measured, resamples: number): Operating {
  const settings = trials.map(
    (trial) =>
      operatingPoint(trial, trial.meanQuality[trial.best]! - SHORT_OF_BEST) ?? singleSetting(trial, "test", trial.best),
  );
  const best = trials.map((trial) => singleSetting(trial, "test", trial.best));
  const estimate = pairedDifference(
    trials,
    (_, index, rows) => pointOf(settings[index]!, rows).quality - pointOf(best[index]!, rows).quality,
    resamples,
  );
  const costShare =
    trials.reduce((sum, _, at) => sum + pointOf(settings[at]!, null).cost / pointOf(best[at]!, null).cost, 0) /
    trials.length;
  return { difference: estimate.value, low: estimate.low, high: estimate.high, costShare };
}

function operatingTable(measured: readonly Measured[], resamples: number): StudyTable {
  const rows = measured.map((one) => {
    const { difference, low, high, costShare } = operating(one, resamples);
    return [one.definition.name, costShare, difference, low, high];
  });
  const trio = measured.find(({ definition }) => definition === CASES.zeroevalTrio)!;
  const free = agreementOverAll(trio.trials[0]!, resamples);
  return {
    title: "Quality of the best single model at least cost: set on train rows, measured on test rows",
    columns: ["", "share of its cost", "quality less its own", "low", "high"],
    rows: [
      ...rows,
      ["agreement without labels, ZeroEval trio, all prompts", free.costShare, free.difference, free.low, free.high],
    ],
    note: "Set to lose at most half a point on train rows. The last row takes the answer on which flash and 4o-mini agree and asks sonnet otherwise; it learned nothing, so that it is measured on train and test rows.",
  };
}

/** Taking what two cheap models agree on, against the dear one, on all rows: there is nothing that was learned on some. */
function agreementOverAll(trial: CascadeTrial, resamples: number): Operating {
  const sides = ["train", "test"] as const;
  const settings = sides.map((side) => labelFreeAgreement(trial, side, [0, 1], 2));
  const dear = sides.map((side) => singleSetting(trial, side, 2));
  const gained = new Map<string, { sum: number; rows: number }>();
  let cost = 0;
  let dearCost = 0;
  sides.forEach((side, at) => {
    trial[side].pool.prompts.forEach(({ group }, row) => {
      const known = gained.get(group) ?? { sum: 0, rows: 0 };
      const gain = settings[at]!.quality[row]! - dear[at]!.quality[row]!;
      gained.set(group, { sum: known.sum + gain, rows: known.rows + 1 });
      cost += settings[at]!.cost[row]!;
      dearCost += dear[at]!.cost[row]!;
    });
  });
  const groups = [...gained.values()];
  const meanOf = (some: readonly { sum: number; rows: number }[]) =>
    some.reduce((sum, one) => sum + one.sum, 0) / some.reduce((sum, one) => sum + one.rows, 0);
  const rng = seededRng(1);
  const draws = Array.from({ length: resamples }, () =>
    meanOf(groups.map(() => groups[Math.floor(rng.next() * groups.length)]!)),
  );
  const { value, low, high } = interval(meanOf(groups), draws);
  return { difference: value, low, high, costShare: cost / dearCost };
}

function meanApgr({ trials, found }: Measured): number {
  const all = trials.map((trial, index) => measureSweep(trial, found[index]!.cascade, "test").apgrUsd);
  return all.reduce((sum, value) => sum + value, 0) / all.length;
}

function overSingles({ trials, found }: Measured): number {
  const trial = trials[0]!;
  const settings = trial.models.map((_, model) => singleSetting(trial, "test", model));
  return measureSweep(trial, found[0]!.cascade, "test").aiq - measureSweep(trial, { name: "", settings }, "test").aiq;
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : ""}${value.toFixed(4)}`;
}
