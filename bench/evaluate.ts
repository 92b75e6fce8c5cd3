import type { QualityTable } from "../datasets/quality-table.ts";
import type { SplitRows } from "../datasets/split.ts";
import type { Artifact } from "../engine/artifact.ts";
import { loadPolicies } from "../engine/index.ts";
import type { Policies } from "../engine/ready-policy.ts";
import { estimatorNamed } from "../trainer/estimators.ts";
import type { RouterPredictions } from "../trainer/fit-router.ts";
import { hull } from "../trainer/metrics/hull.ts";
import { noiseCeiling } from "../trainer/metrics/noise-ceiling.ts";
import { reportCalibration } from "./calibration-report.ts";
import { BenchError } from "./errors.ts";
import { createFitPredict } from "./fit-predict.ts";
import { measureLatency, routerOver } from "./latency.ts";
import { describeMachine, sourceCommit } from "./machine.ts";
import { singles } from "./policy/baselines.ts";
import { type ComparedPolicy, compare } from "./policy/compare.ts";
import type { Contender } from "./policy/contender.ts";
import { everyRow, frontierPoints } from "./policy/measure.ts";
import { type AskedPolicy, checkPolicy, parsePolicy, policyContender } from "./policy/policy-config.ts";
import { reportPromise } from "./policy/promise.ts";
import { replay } from "./policy/replay.ts";
import { createYardstick, type Yardstick } from "./policy/yardstick.ts";
import { coveredModels, type Pool } from "./pool.ts";
import type { BenchReport } from "./result.ts";
import type { RunBenchOptions } from "./run-bench.ts";
import { type SplitPools, splitPools } from "./split-pools.ts";
import { reportTasks } from "./task-report.ts";
import { LEARNED_BASELINES, type RouterTrial, runTrial } from "./trial.ts";

export interface ArtifactInUse {
  readonly artifact: Artifact;
  predict(table: QualityTable, rows: Int32Array): Promise<RouterPredictions>;
}

export interface EvaluateInput extends Omit<RunBenchOptions, "artifact"> {
  readonly source: string;
  readonly table: QualityTable;
  readonly splitRows: SplitRows;
  readonly artifact: ArtifactInUse | null;
}

const PROMISED = [0.9, 0.95, 0.99];
const DEFAULT_POLICIES = ["cheapest-above-quality", "max-quality-under-cost", "cost-penalty"];
const COMPARED_TO = ["zero", "random", "characters", "shuffled", "true task"];
const MOST_LATENCY_PROMPTS = 2_000;
const MOST_PROMISE_CELLS = 40_000_000;

/** Everything that `weir bench` says of one source. */
export async function evaluate(input: EvaluateInput): Promise<BenchReport> {
  const { table, router, resamples, log } = input;
  const models = chooseModels(input);
  const given = splitPools(table, input.splitRows, models);
  const pools: SplitPools = { ...given, test: given[input.split] };
  const yardstick = createYardstick(pools.train, input.pair ?? undefined);
  checkPair(input, models, yardstick);
  const policies = await loadPolicies();
  const asked = (input.policies ?? defaultPolicies(policies, yardstick)).map(parsePolicy);
  for (const policy of asked) checkPolicy(policy, policies);
  for (const baseline of input.baselines ?? []) await estimatorNamed(baseline);
  const trial = await tryRouter(input, pools, yardstick, models);
  log(`${input.source}: predicted, now measuring`);

  const rows = {
    calibration: pools.calibration,
    calibrationForecast: trial.calibration,
    test: pools.test,
    testForecast: trial.test,
  };
  const operate = { incumbent: yardstick.best, seed: router.seed };
  const target: AskedPolicy = {
    text: `quality-target ${input.qualityTarget}`,
    config: { name: "quality-target", quality: input.qualityTarget },
  };
  const operating = policyContender(target, policies, rows, operate).operating!;
  const contenders: Contender[] = [
    ...trial.contenders.map((one) => (one.name === "weir" ? { ...one, operating } : one)),
    ...asked.map((policy) => policyContender(policy, policies, rows, operate)),
    ...singles(pools.test),
  ];
  const headline = headlineOf(yardstick);
  const learned = input.baselines ?? LEARNED_BASELINES;
  const compared = compare([{ pool: pools.test, yardstick, contenders }], {
    headline,
    subjects: ["weir"],
    baselines: [...COMPARED_TO, ...learned],
    resamples,
    seed: router.seed,
  });
  const canSolve = pools.test.cost !== null;
  const draws = promiseRepeats(pools, resamples);
  const notes = [
    ...(canSolve
      ? []
      : ["costs are unknown here: AIQ, deferral area, QNC, dollars and the quality target's promise are left out"]),
    `quality and cost of "weir" are those of policy ${target.text} of the best single model, ${pools.test.models[yardstick.best]}`,
    ...(headline === "area"
      ? ["the best single model is also the cheapest, so AIQ has no range; the deferral area stands for it"]
      : []),
    ...(input.artifact === null ? [`fitted here on ${pools.train.count} prompts, estimator ${trial.estimator}`] : []),
  ];
  return {
    data: {
      source: input.source,
      split: input.split,
      prompts: pools.test.count,
      models: [...models],
      groups: pools.test.groupCount,
      digests: table.lineage.map(({ digest }) => digest),
    },
    pair: { weak: models[yardstick.weak]!, strong: models[yardstick.strong]! },
    cost_range_usd:
      yardstick.meanCost === null
        ? null
        : [yardstick.meanCost[yardstick.cheapest]!, yardstick.meanCost[yardstick.best]!],
    quality_target: input.qualityTarget,
    policies: compared.map(withoutTrials),
    calibration: reportCalibration(pools.test, trial.test.quality, { resamples, seed: router.seed }),
    promise: canSolve
      ? PROMISED.map((share) =>
          reportPromise(share, { ...rows, policies, incumbent: yardstick.best, resamples: draws, seed: router.seed }),
        )
      : [],
    tasks: reportTasks(pools.test, operating, yardstick),
    frontier: canSolve ? frontiers(pools.test, contenders, yardstick) : [],
    singles: singles(pools.test).map(({ operating: chosen }, index) =>
      meanOutcome(pools.test, chosen!, models[index]!),
    ),
    ceiling: ceilingOf(pools.test, trial, compared),
    out_of_distribution_share: shareAbove(trial.outOfDistribution, trial.outOfDistributionAbove),
    latency: input.artifact === null ? null : await latencyOf(input.artifact.artifact, policies, models, pools.test),
    notes,
    seed: router.seed,
    commit: sourceCommit(),
    artifact: input.artifact === null ? `fitted: ${trial.estimator}, ${router.tier}` : nameOf(input.artifact.artifact),
    machine: describeMachine(),
    at: new Date(input.nowMs()).toISOString(),
  };
}

/** Models asked for, or those that answered (almost) everything; with an artifact, those that it knows. */
function chooseModels({ table, splitRows, split, models, artifact }: EvaluateInput): readonly string[] {
  if (models !== null) {
    const unknown = models.find((model) => !table.models.includes(model));
    if (unknown === undefined) return models;
    const message = `no outcomes of model ${unknown} in the data, which have ${table.models.join(", ")}`;
    throw new BenchError("unknown_model", message, { place: "--models" });
  }
  const covered = coveredModels(table, splitRows[split]);
  if (artifact === null) return covered;
  const known = new Set(artifact.artifact.manifest.models.map(({ model }) => model));
  const both = covered.filter((model) => known.has(model));
  if (both.length < 2) {
    throw new BenchError(
      "one_model",
      `the artifact knows ${both.length} of the ${covered.length} models that answered these prompts; measure it on data of its models or leave out --router`,
    );
  }
  return both;
}

function checkPair({ pair }: EvaluateInput, models: readonly string[], { weak, strong }: Yardstick): void {
  if (weak !== -1 && strong !== -1) return;
  const missing = weak === -1 ? pair!.weak : pair!.strong;
  throw new BenchError("unknown_model", `${missing} is not among the models compared: ${models.join(", ")}`, {
    place: "--pair",
  });
}

/** Our router, fitted here or opened, lined up with the baselines. */
async function tryRouter(
  input: EvaluateInput,
  pools: SplitPools,
  yardstick: Yardstick,
  models: readonly string[],
): Promise<RouterTrial> {
  const { artifact, table, log } = input;
  const fitPredict = createFitPredict({ cacheFolder: input.cacheFolder, log });
  const router = { ...input.router, models: [...models] };
  return runTrial({
    table,
    pools,
    learn: { train: pools.train.rows, calibration: pools.calibration.rows },
    yardstick,
    router,
    baselines: input.baselines ?? LEARNED_BASELINES,
    seed: router.seed,
    fitPredict: async (request) => {
      if (artifact === null || request.options !== router) return fitPredict(request);
      const predictions: RouterPredictions[] = [];
      for (const rows of request.predict) predictions.push(await artifact.predict(request.table, rows));
      const { manifest } = artifact.artifact;
      return {
        predictions,
        outOfDistributionAbove: manifest.outOfDistributionAbove,
        estimator: manifest.lineage.estimator,
      };
    },
  });
}

/** 300 repeats unless the data are large or a quick look was asked for. */
function promiseRepeats({ test, calibration }: SplitPools, resamples: number): number {
  const affordable = Math.floor(
    MOST_PROMISE_CELLS / (test.observed.length + calibration.observed.length) / PROMISED.length,
  );
  return Math.max(20, Math.min(300, affordable, 3 * resamples));
}

/** AIQ needs a range from the cheapest model to a dearer best one; without it the deferral area; for a pair APGR. */
function headlineOf({ meanCost, models, best, cheapest }: Yardstick): "aiq" | "area" | "apgr" {
  if (meanCost === null || models === 2) return "apgr";
  return best === cheapest ? "area" : "aiq";
}

function defaultPolicies(policies: Policies, { qualityPerUsd, meanQuality, best, meanCost }: Yardstick): string[] {
  if (meanCost === null) return [];
  const options: Readonly<Record<string, string>> = {
    "cheapest-above-quality": `quality=${(0.9 * meanQuality[best]!).toFixed(3)}`,
    "cost-penalty": `nanoUsdPerQuality=${Math.round(1e9 / Math.max(qualityPerUsd, 1e-9))}`,
  };
  return DEFAULT_POLICIES.filter((name) => policies.has(name) && options[name] !== undefined).map(
    (name) => `${name}:${options[name]}`,
  );
}

function frontiers(pool: Pool, contenders: readonly Contender[], yardstick: Yardstick): BenchReport["frontier"] {
  return contenders
    .filter(({ knob }) => knob.kind !== "none")
    .map((contender) => ({ name: contender.name, points: hull(frontierPoints(pool, contender, yardstick)) }));
}

function ceilingOf(pool: Pool, trial: RouterTrial, compared: readonly ComparedPolicy[]): BenchReport["ceiling"] {
  const best = compared.find(({ name }) => name === "oracle")!.metrics;
  const quality = compared.find(({ name }) => name === "weir")!.metrics.quality!.value;
  const { luck, attainable, noiseShare } = noiseCeiling(trial.test.quality, pool.observed, pool.models.length, quality);
  const share = noiseShare === null ? "" : `, ${(100 * noiseShare).toFixed(0)} % of its lead`;
  return {
    oracle_quality: best.quality!.value,
    oracle_cost_usd: best.cost_usd?.value ?? null,
    noise: `of the oracle's quality ${luck.toFixed(3)} is luck of single answers if the predictions are true${share}; then no router exceeds ${attainable.toFixed(3)}`,
  };
}

function meanOutcome(pool: Pool, chosen: Int32Array, model: string): BenchReport["singles"][number] {
  const { quality, costUsd } = replay(pool, chosen);
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { model, quality: mean(quality), cost_usd: costUsd === null ? null : mean(costUsd) };
}

async function latencyOf(
  artifact: Artifact,
  policies: Policies,
  models: readonly string[],
  pool: Pool,
): Promise<NonNullable<BenchReport["latency"]>> {
  const some = everyRow(pool).subarray(0, MOST_LATENCY_PROMPTS);
  // The router closes its artifact with itself; here the artifact lives on, so the router is left to be collected.
  const router = routerOver(artifact, policies, models);
  return measureLatency(
    router,
    Array.from(some, (row) => pool.prompts[row]!.conversation),
  );
}

function shareAbove(values: Float32Array, limit: number): number {
  return values.reduce((count, value) => count + (value > limit ? 1 : 0), 0) / values.length;
}

function nameOf({ manifest }: Artifact): string {
  return `${manifest.name} ${manifest.version}`;
}

function withoutTrials({ perTrial: _, ...report }: ComparedPolicy): BenchReport["policies"][number] {
  return report;
}
