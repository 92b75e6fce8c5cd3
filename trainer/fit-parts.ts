import type { QualityTable } from "../datasets/quality-table.ts";
import { FEATURE_COUNT } from "../engine/features.ts";
import { type Rng, seededRng } from "../engine/rng.ts";
import { chooseEstimator, type EstimatorChoice } from "./choose-estimator.ts";
import { type Design, fitDesign } from "./design/design.ts";
import { rawFeatures } from "./design/raw-features.ts";
import type { TrainingRows } from "./estimator.ts";
import type { RouterContext, RouterEncoder, RouterOptions } from "./fit-router.ts";
import { complexityHead } from "./heads/complexity.ts";
import { inOrdinaryDress } from "./heads/ordinary-dress.ts";
import { fitOutOfDistribution, type Sights } from "./heads/out-of-distribution.ts";
import { fitOutputTokens } from "./heads/output-tokens.ts";
import { fitTask } from "./heads/task.ts";
import { gatherRows } from "./learn/folds.ts";
import { twoWay } from "./learn/label-rotation.ts";
import { taskNames } from "./learn/learnable.ts";
import { unitDeviation } from "./learn/scale-columns.ts";
import { taskMeans } from "./learn/task-means.ts";
import { pickCells, trainingRows } from "./learn/training-rows.ts";
import type { NgramOptions } from "./ngram-options.ts";
import type { RouterParts } from "./router-parts.ts";

/** What is learned and by which estimator; options of a router with nothing left open. */
export interface PartsOptions {
  /** Columns of the table that are learned. */
  readonly columns: Int32Array;
  readonly ngrams: NgramOptions | null;
  readonly encoder: RouterEncoder | null;
  readonly estimator: string;
  readonly estimatorOptions: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly taskName: RouterOptions["taskName"];
}

/** Everything that is learned from one set of rows; the gate needs rows that were not seen. */
export interface FittedParts {
  readonly parts: RouterParts;
  readonly choice: Omit<EstimatorChoice, "fitted">;
  /** What the estimator learned from. */
  readonly training: TrainingRows;
  /** The rows learned from, as the head of distance sees them. */
  readonly sights: Sights;
  /** [models] quality to be expected on prompts unlike these; comparable across models that answered different ones. */
  readonly prior: Float32Array;
}

/** Rows of prior of a task's mean. */
const PRIOR_ROWS = 20;

/** Design -> estimator -> output tokens, complexity, task and distance, all from the given rows alone. */
export async function fitParts(
  table: QualityTable,
  rows: Int32Array,
  options: PartsOptions,
  report: NonNullable<RouterContext["onProgress"]>,
): Promise<FittedParts> {
  const { columns, ngrams, encoder, seed } = options;
  const rng: Rng = seededRng(seed);
  const design = await fitDesign(
    table,
    rows,
    { ngrams, encoder },
    { rng, onProgress: (done) => report("featurize", done, Number.NaN) },
  );
  const training = await trainingRows(table, rows, columns, design, rng);
  const { fitted, ...choice } = await chooseEstimator(
    training,
    options.estimator,
    options.estimatorOptions,
    seed,
    (done, loss) => report("fit", done, loss),
  );

  report("heads", 0, Number.NaN);
  const tokens = table.outputTokens
    ? pickCells(table.outputTokens, table.models.length, rows, columns)
    : new Float32Array(training.quality.length).fill(Number.NaN);
  const outputTokens = await fitOutputTokens(training.x, training.count, design.dimensions, tokens, columns.length);
  const complexity = complexityHead((await twoWay(training)).effect);
  const task = await fitTask(
    training.x,
    design.dimensions,
    unitDeviation(training),
    taskNames(table, rows, options.taskName),
    rng,
  );
  const bare = await sightsOf(table, rows, design, training.x);
  const inDress = inOrdinaryDress(table, rows);
  const dressed = await sightsOf(inDress, Int32Array.from(inDress.prompts.keys()), design);
  const outOfDistribution = await fitOutOfDistribution(training, bare, dressed, design.rarity?.usual ?? null);
  report("heads", 1, Number.NaN);

  const { elsewhere } = await taskMeans(training, PRIOR_ROWS);
  return {
    parts: { design, estimator: fitted, outputTokens, complexity, task, outOfDistribution, ease: null, gate: null },
    choice,
    training,
    sights: bare,
    prior: elsewhere.map((value) => Math.max(0.02, Math.min(0.98, value))),
  };
}

async function sightsOf(table: QualityTable, rows: Int32Array, design: Design, known?: Float32Array): Promise<Sights> {
  const x = known ?? (await design.transform(table, rows));
  const raw = await rawFeatures(table, { ngrams: null, encoder: null });
  const rarity = (await design.rarity?.of(table, rows)) ?? null;
  return { count: rows.length, x, cheap: gatherRows(raw.cheap, FEATURE_COUNT, rows), rarity };
}
