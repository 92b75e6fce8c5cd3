import type { QualityTable } from "../../datasets/quality-table.ts";
import { type ComparedPolicy, compare, type Trial } from "../policy/compare.ts";
import { createYardstick } from "../policy/yardstick.ts";
import { viewPool } from "../pool-view.ts";
import { ROUTELLM_PAIR, TASK_SOURCES } from "../pools.ts";
import { bar, type StudyTable } from "../result.ts";
import { splitPools } from "../split-pools.ts";
import { filterRows, studySplit } from "../splits.ts";
import { defineStudy, type StudyContext } from "../study.ts";
import { differenceTable, metricOf, metricTable } from "../study-tables.ts";
import { subTrial } from "../sub-trial.ts";
import { LEARNED_BASELINES, type RouterTrial, runTrial } from "../trial.ts";

const BASELINES = [...LEARNED_BASELINES, "characters", "random", "shuffled", "true task"];
const METRICS = ["apgr", "cpt50_routellm", "cpt80_routellm", "cpt50", "cpt80", "apgr_usd"];

type PublishedRows = readonly (readonly [
  learned: string,
  router: string,
  cpt50: number,
  cpt80: number,
  apgr: number,
])[];

/** RouteLLM, arXiv:2406.18665v4, tables 1 and 2: training data, router, CPT50, CPT80, APGR. */
const PUBLISHED: Readonly<Record<"mmlu" | "gsm8k", PublishedRows>> = {
  mmlu: [
    ["-", "random", 50.07, 79.93, 0.5],
    ["arena", "BERT", 49.43, 77.8, 0.502],
    ["arena", "causal LLM 8B", 48.88, 77.93, 0.499],
    ["arena", "matrix factorisation", 45.0, 76.86, 0.524],
    ["arena", "similarity-weighted", 55.82, 80.25, 0.473],
    ["arena + 1.5k MMLU labels", "BERT", 41.3, 72.2, 0.572],
    ["arena + 1.5k MMLU labels", "causal LLM 8B", 35.49, 70.31, 0.6],
    ["arena + 1.5k MMLU labels", "matrix factorisation", 35.46, 71.4, 0.597],
    ["arena + 1.5k MMLU labels", "similarity-weighted", 35.4, 71.55, 0.603],
  ],
  gsm8k: [
    ["-", "random", 50.0, 80.08, 0.497],
    ["arena", "BERT", 58.78, 83.84, 0.438],
    ["arena", "causal LLM 8B", 56.09, 83.56, 0.461],
    ["arena", "matrix factorisation", 53.59, 85.24, 0.4746],
    ["arena", "similarity-weighted", 54.43, 82.11, 0.4753],
    ["arena + judge", "BERT", 44.76, 79.09, 0.531],
    ["arena + judge", "causal LLM 8B", 33.64, 63.26, 0.622],
    ["arena + judge", "matrix factorisation", 38.82, 72.62, 0.565],
    ["arena + judge", "similarity-weighted", 41.21, 72.2, 0.568],
  ],
};

export default defineStudy({
  name: "routellm",
  summary: "RouteLLM's APGR and CPT on MMLU and GSM8K, its published table beside ours",
  protocol:
    "gpt-4-1106-preview against Mixtral-8x7B; RouteLLM's contaminated prompts left out; 11 thresholds at the quantile edges of the predicted gain, trapezoid over the strong-call rate, CPT by interpolation as in its evaluate.py (and exactly, beside it). Splits 60/20/20 by hash of question group, the mean over splits. In-domain: learned from MMLU alone; joint: one router learned from MMLU and GSM8K. RouteLLM's own rows are measured on all prompts with at most 1.5k labels of the benchmark, ours on a fifth with three fifths as labels: more labels, same metric.",
  async run(context) {
    const table = viewPool(
      await context.readTable({ sources: TASK_SOURCES, models: [ROUTELLM_PAIR.strong, ROUTELLM_PAIR.weak] }),
      {
        models: [ROUTELLM_PAIR.weak, ROUTELLM_PAIR.strong],
        sources: ["routellm"],
      },
    );
    const inDomain = measure(await trialsOf(context, table, isMmlu), context);
    const joint = await trialsOf(context, table, (row) => isMmlu(row) || isGsm8k(row));
    const jointMmlu = measure(
      joint.map((trial) => subTrial(trial, isMmlu)),
      context,
    );
    const jointGsm8k = measure(
      joint.map((trial) => subTrial(trial, isGsm8k)),
      context,
    );
    return {
      bars: [
        bar("APGR, MMLU in-domain", metricOf(inDomain.compared, "weir", "apgr"), "at least", 0.68),
        bar("APGR, MMLU trained jointly with GSM8K", metricOf(jointMmlu.compared, "weir", "apgr"), "at least", 0.68),
        bar("CPT80, MMLU in-domain", metricOf(inDomain.compared, "weir", "cpt80_routellm"), "at most", 0.57),
        bar("APGR, GSM8K trained jointly with MMLU", metricOf(jointGsm8k.compared, "weir", "apgr"), "at least", 0.66),
      ],
      tables: [
        beside("MMLU", inDomain, PUBLISHED.mmlu, "MMLU"),
        ...tablesOf("MMLU in-domain", inDomain),
        beside("GSM8K", jointGsm8k, PUBLISHED.gsm8k, "MMLU + GSM8K"),
        ...tablesOf("GSM8K, trained jointly", jointGsm8k),
        ...tablesOf("MMLU, trained jointly", jointMmlu),
      ],
      charts: [],
      notes: [],
    };
  },
});

interface Measured {
  readonly compared: readonly ComparedPolicy[];
  readonly tests: readonly number[];
}

type Row = QualityTable["prompts"][number];

/** One trial a split: learned from the rows wanted of the train side, tested on those of the test side. */
async function trialsOf(
  context: StudyContext,
  table: QualityTable,
  isWanted: (row: Row) => boolean,
): Promise<RouterTrial[]> {
  const trials: RouterTrial[] = [];
  const isKept = (row: Row) => row.source !== "routellm" || (isWanted(row) && row.extras.routellm_excluded !== true);
  for (const seed of context.seeds) {
    const whole = studySplit(table, seed);
    const keep = (rows: Int32Array) => filterRows(rows, (row) => isKept(table.prompts[row]!));
    const split = { train: keep(whole.train), calibration: keep(whole.calibration), test: keep(whole.test) };
    const pools = splitPools(table, split, table.models);
    const yardstick = createYardstick(pools.train, ROUTELLM_PAIR);
    const router = { ...context.router, models: [...table.models] };
    const { fitPredict } = context;
    trials.push(
      await runTrial({ table, pools, learn: split, yardstick, router, baselines: LEARNED_BASELINES, fitPredict, seed }),
    );
    context.log(`split ${seed}: ${pools.train.count} labelled, ${pools.test.count} tested`);
  }
  return trials;
}

function measure(trials: readonly Trial[], { resamples }: StudyContext): Measured {
  const compared = compare(trials, { headline: "apgr", subjects: ["weir"], baselines: BASELINES, resamples, seed: 1 });
  return { compared, tests: trials.map(({ pool }) => pool.count) };
}

function tablesOf(title: string, { compared, tests }: Measured): StudyTable[] {
  return [
    metricTable(
      `${title} (${tests.join(" / ")} test prompts)`,
      compared,
      METRICS,
      "CPT as a share of calls; the first pair by np.interp as RouteLLM prints it, the second exact.",
    ),
    differenceTable(`${title}: weir against`, compared, "weir"),
  ];
}

/** The published rows and ours in one table, in the paper's units. */
function beside(title: string, { compared }: Measured, published: PublishedRows, learned: string): StudyTable {
  const ours = compared
    .filter(({ metrics }) => metrics.apgr !== undefined)
    .map(({ name, metrics }) => {
      const percent = (metric: string) => 100 * (metrics[metric]?.value ?? Number.NaN);
      const isUntrained = ["characters", "random", "oracle"].includes(name);
      return [
        isUntrained ? "-" : learned,
        name,
        percent("cpt50_routellm"),
        percent("cpt80_routellm"),
        metrics.apgr!.value,
        "here",
      ];
    });
  return {
    title: `${title}: published and ours`,
    columns: ["learned from", "router", "CPT50 %", "CPT80 %", "APGR", "measured"],
    rows: [...published.map((row) => [...row, "published"]), ...ours],
    note: "Published: arXiv:2406.18665v4, all prompts. Here: the mean over splits of a fifth of the prompts.",
  };
}

function isMmlu(row: Row): boolean {
  return row.source === "routellm" && row.task?.startsWith("mmlu") === true;
}

function isGsm8k(row: Row): boolean {
  return row.source === "routellm" && row.task === "gsm8k";
}
