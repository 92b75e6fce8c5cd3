import type { ComparedPolicy } from "./policy/compare.ts";
import { METRIC_NAMES as BENCH_NAMES } from "./report/format.ts";
import type { StudyTable } from "./result.ts";

const METRIC_NAMES: Readonly<Record<string, string>> = {
  ...BENCH_NAMES,
  cpt50_routellm: "CPT50 by interp",
  cpt80_routellm: "CPT80 by interp",
};

/** Contenders by metrics: mean over splits, with the deviation between splits of the first metric. */
export function metricTable(
  title: string,
  compared: readonly ComparedPolicy[],
  metrics: readonly string[],
  note = "",
): StudyTable {
  const [headline] = metrics;
  return {
    title,
    columns: [
      "",
      ...metrics.map((metric) => METRIC_NAMES[metric] ?? metric),
      `95 % of ${METRIC_NAMES[headline!] ?? headline}`,
      "by split",
    ],
    rows: compared
      .filter(({ metrics: found }) => found[headline!] !== undefined)
      .map((policy) => {
        const first = policy.metrics[headline!]!;
        return [
          policy.name,
          ...metrics.map((metric) => policy.metrics[metric]?.value ?? null),
          `${first.low.toFixed(4)} to ${first.high.toFixed(4)}`,
          policy.perTrial.map((measures) => (measures[headline!] ?? Number.NaN).toFixed(3)).join(" "),
        ];
      }),
    note,
  };
}

/** Paired differences of one contender to its baselines. */
export function differenceTable(title: string, compared: readonly ComparedPolicy[], subject: string): StudyTable {
  const policy = compared.find(({ name }) => name === subject);
  return {
    title,
    columns: ["against", "metric", "difference", "low", "high", "verdict"],
    rows: Object.entries(policy?.vs ?? {}).map(([baseline, { metric, difference, low, high, distinguishable }]) => [
      baseline,
      METRIC_NAMES[metric] ?? metric,
      difference,
      low,
      high,
      distinguishable ? (difference > 0 ? "better" : "worse") : "not distinguishable",
    ]),
    note: "Paired on the same draws of question groups within each split.",
  };
}

export function metricOf(compared: readonly ComparedPolicy[], name: string, metric: string): number {
  return compared.find((policy) => policy.name === name)?.metrics[metric]?.value ?? Number.NaN;
}
