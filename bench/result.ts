import { z } from "zod";

/** A number with its 95 % interval over resampled groups. */
export const Estimate = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });
export type Estimate = z.infer<typeof Estimate>;

/** Paired difference to a baseline on the same resamples; distinguishable when the interval leaves out 0. */
export const Comparison = z.strictObject({
  metric: z.string(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  distinguishable: z.boolean(),
});
export type Comparison = z.infer<typeof Comparison>;

export const PolicyReport = z.strictObject({
  name: z.string(),
  source: z.enum(["router", "policy", "baseline", "reference", "single"]),
  /** Metrics that make no sense for this row (a single model has no curve) are absent. */
  metrics: z.record(z.string(), Estimate),
  vs: z.record(z.string(), Comparison),
});
export type PolicyReport = z.infer<typeof PolicyReport>;

const Bin = z.strictObject({ predicted: z.number(), observed: z.number(), count: z.number().int() });

export const CalibrationReport = z.strictObject({
  model: z.string(),
  ece: z.number(),
  ece_low: z.number(),
  ece_high: z.number(),
  /** Without taking away what noise alone shows. */
  ece_plain: z.number(),
  brier: z.number(),
  n: z.number().int(),
  bins: z.array(Bin),
});
export type CalibrationReport = z.infer<typeof CalibrationReport>;

/** Quality promised by a target against what came, over calibration and test sets parted anew. */
export const PromiseReport = z.strictObject({
  policy: z.string(),
  target: z.number(),
  promised_quality: z.number(),
  achieved: Estimate,
  /** Share of the repeats whose achieved quality fell short of the promise. */
  broken: z.number(),
  /** Share that fell short by more than a point of quality. */
  broken_by_a_point: z.number(),
  cost_share: z.number(),
  resamples: z.number().int(),
});
export type PromiseReport = z.infer<typeof PromiseReport>;

export const TaskReport = z.strictObject({
  task: z.string(),
  n: z.number().int(),
  quality: z.number(),
  best_single_quality: z.number(),
  oracle_quality: z.number(),
  cost_share: z.number().nullable(),
  most_chosen: z.string(),
  most_chosen_share: z.number(),
});
export type TaskReport = z.infer<typeof TaskReport>;

export const Machine = z.strictObject({
  cpu: z.string(),
  cores: z.number().int(),
  memory_gb: z.number(),
  node: z.string(),
  platform: z.string(),
  versions: z.record(z.string(), z.string()),
});
export type Machine = z.infer<typeof Machine>;

const Point = z.strictObject({ cost: z.number(), quality: z.number() });

/** What `weir bench --json` writes for one source. */
export const BenchReport = z.strictObject({
  data: z.strictObject({
    source: z.string(),
    split: z.string(),
    prompts: z.number().int(),
    models: z.array(z.string()),
    groups: z.number().int(),
    digests: z.array(z.string()),
  }),
  pair: z.strictObject({ weak: z.string(), strong: z.string() }),
  /** AIQ is the mean height between these mean costs per prompt; null when costs are unknown. */
  cost_range_usd: z.tuple([z.number(), z.number()]).nullable(),
  quality_target: z.number(),
  policies: z.array(PolicyReport),
  calibration: z.array(CalibrationReport),
  promise: z.array(PromiseReport),
  tasks: z.array(TaskReport),
  frontier: z.array(z.strictObject({ name: z.string(), points: z.array(Point) })),
  singles: z.array(z.strictObject({ model: z.string(), quality: z.number(), cost_usd: z.number().nullable() })),
  ceiling: z.strictObject({ oracle_quality: z.number(), oracle_cost_usd: z.number().nullable(), noise: z.string() }),
  out_of_distribution_share: z.number().nullable(),
  /** In-process, one decision after another; null when no artifact was measured. */
  latency: z
    .strictObject({
      prompts: z.number().int(),
      decisions_per_s: z.number(),
      p50_ms: z.number(),
      p99_ms: z.number(),
    })
    .nullable(),
  notes: z.array(z.string()),
  seed: z.number().int(),
  commit: z.string(),
  artifact: z.string(),
  machine: Machine,
  at: z.string(),
});
export type BenchReport = z.infer<typeof BenchReport>;

const Cell = z.union([z.string(), z.number(), z.null()]);

export const StudyTable = z.strictObject({
  title: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(Cell)),
  note: z.string(),
});
export type StudyTable = z.infer<typeof StudyTable>;

/** A bar that the study holds itself to. */
export const StudyBar = z.strictObject({
  what: z.string(),
  value: z.number(),
  bar: z.number(),
  wanted: z.enum(["at least", "at most"]),
  met: z.boolean(),
});
export type StudyBar = z.infer<typeof StudyBar>;

export const StudyChart = z.strictObject({
  title: z.string(),
  kind: z.enum(["line", "reliability"]),
  x: z.string(),
  y: z.string(),
  isLogX: z.boolean(),
  points: z.array(
    z.strictObject({
      series: z.string(),
      x: z.number(),
      y: z.number(),
      low: z.number().nullable(),
      high: z.number().nullable(),
    }),
  ),
});
export type StudyChart = z.infer<typeof StudyChart>;

/** What `weir bench --study <name> --json` writes. */
export const StudyReport = z.strictObject({
  study: z.string(),
  protocol: z.string(),
  bars: z.array(StudyBar),
  tables: z.array(StudyTable),
  charts: z.array(StudyChart),
  notes: z.array(z.string()),
  command: z.string(),
  seconds: z.number(),
  seed: z.number().int(),
  commit: z.string(),
  machine: Machine,
  at: z.string(),
});
export type StudyReport = z.infer<typeof StudyReport>;

/** States whether a bar is met. */
export function bar(what: string, value: number, wanted: StudyBar["wanted"], limit: number): StudyBar {
  return { what, value, bar: limit, wanted, met: wanted === "at least" ? value >= limit : value <= limit };
}
