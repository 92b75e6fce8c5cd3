import type { QualityTable } from "../../datasets/quality-table.ts";
import { readRecords } from "../../datasets/read-records.ts";
import { selectTable } from "../../datasets/select-table.ts";
import { splitByGroup } from "../../datasets/split.ts";
import { refuseUnwritable } from "../../datasets/write-atomically.ts";
import { TrainError } from "../errors.ts";
import { checkEstimator } from "../estimators.ts";
import { trainArtifact } from "../pipeline.ts";
import { runFacts } from "../run-facts.ts";
import { trainingEncoder } from "../shipped-encoder.ts";
import { createTrainProgress } from "../train-progress.ts";
import { printResult } from "./print-result.ts";

export interface TrainCommandOptions {
  readonly data?: string;
  readonly sources?: readonly string[];
  readonly models?: readonly string[];
  readonly tier: "fast" | "full";
  readonly estimator: string;
  readonly estimatorOptions?: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly out: string;
  readonly seed: number;
  readonly embedder: string;
  readonly encoder?: string;
  readonly cache?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly strict?: boolean;
  /** Epoch seconds. */
  readonly madeAt?: string;
}

/** `weir train`: any records -> models/<name>/<version>/. */
export async function trainCommand(options: TrainCommandOptions): Promise<void> {
  if (options.data === undefined)
    throw new TrainError("bad_option", "--data or WEIR_DATA must name a folder of outcome data or a file of records");
  await checkTraining(options);
  const started = performance.now();
  const bar = await createTrainProgress();
  try {
    const read = await readRecords(options.data, {
      sources: options.sources,
      strict: options.strict ?? false,
      onProgress: (done, total) => bar.update("read", total > 0 ? done / total : 0, Number.NaN),
    });
    const table = chosen(read, options);
    const rows = splitByGroup(table, { seed: options.seed, train: 0.6, calibration: 0.2, test: 0.2, keepGiven: true });
    const result = await trainArtifact(
      table,
      rows,
      {
        ...fitOptions(options),
        ...(options.tier === "full" ? { encoder: await encoderOf(options) } : {}),
        command: `weir train --data ${options.data} --tier ${options.tier} --estimator ${options.estimator} --seed ${options.seed}`,
        ...runFacts(options.madeAt, Date.now),
      },
      { onProgress: bar.update },
    );
    bar.stop();
    printResult(result, options.json ?? false, (performance.now() - started) / 1000);
  } finally {
    bar.stop();
  }
}

function chosen(table: QualityTable, { sources, models }: TrainCommandOptions): QualityTable {
  const known = new Set(table.prompts.map(({ source }) => source));
  const wanted = sources?.filter((source) => known.has(source));
  const found = models === undefined && wanted === undefined ? table : selectTable(table, { sources: wanted, models });
  if (found.models.length > 1) return found;
  throw new TrainError("bad_data", `a router chooses between models, and here is only ${found.models.join("")}`, {
    place: "--models",
  });
}

/**
 * What can be known to be wrong before the data are read.
 *
 * @throws TrainError, DatasetError
 */
export async function checkTraining(options: TrainCommandOptions): Promise<void> {
  const { estimator, estimatorOptions, embedder, encoder, out } = options;
  await checkEstimator(estimator, estimatorOptions);
  if (encoder !== undefined && embedder === "use-lite") {
    throw new TrainError("bad_option", "use-lite is one encoder; --encoder goes with --embedder transformers", {
      place: "--encoder",
    });
  }
  await refuseUnwritable(out, "folder");
}

/** What the command line says about the fit, for either command. */
export function fitOptions(options: TrainCommandOptions) {
  const { tier, estimator, estimatorOptions, name, out, seed } = options;
  return {
    tier,
    estimator,
    ...(estimatorOptions ? { estimatorOptions } : {}),
    name,
    out,
    seed,
    force: options.force ?? false,
  };
}

export function encoderOf(options: Pick<TrainCommandOptions, "embedder" | "encoder" | "cache">) {
  return trainingEncoder({
    embedder: options.embedder,
    folder: null,
    model: options.encoder ?? null,
    cacheDir: options.cache ?? null,
  });
}
