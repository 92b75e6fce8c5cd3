import { stat } from "node:fs/promises";
import path from "node:path";
import type { QualityTable } from "../datasets/quality-table.ts";
import { listDataFolder, readDataFolder } from "../datasets/read-data-folder.ts";
import { readRecords } from "../datasets/read-records.ts";
import { splitByGroup } from "../datasets/split.ts";
import type { Artifact } from "../engine/artifact.ts";
import type { RouterOptions, RouterPredictions } from "../trainer/fit-router.ts";
import { BenchError } from "./errors.ts";
import { type ArtifactInUse, evaluate } from "./evaluate.ts";
import type { BenchReport } from "./result.ts";

export interface RunBenchOptions {
  /** Folder of outcome data, or one file of quality records. */
  readonly data: string;
  readonly sources: readonly string[] | null;
  readonly models: readonly string[] | null;
  readonly policies: readonly string[] | null;
  readonly baselines: readonly string[] | null;
  readonly pair: { readonly weak: string; readonly strong: string } | null;
  readonly artifact: string | null;
  readonly router: RouterOptions;
  readonly split: "train" | "calibration" | "test";
  readonly qualityTarget: number;
  readonly resamples: number;
  readonly cacheFolder: string | null;
  readonly nowMs: () => number;
  log(line: string): void;
}

/**
 * One report a source, because prompts of different sources were answered by different models.
 *
 * @throws BenchError, DatasetError, EngineError, TrainError, all with what to do about it
 */
export async function runBench(options: RunBenchOptions): Promise<BenchReport[]> {
  const artifact = options.artifact === null ? null : await openForUse(options.artifact);
  const reports: BenchReport[] = [];
  try {
    for (const source of await sourcesOf(options)) {
      const table = await readSource(options, source);
      const { seed } = options.router;
      const split = splitByGroup(table, { seed, train: 0.6, calibration: 0.2, test: 0.2, keepGiven: true });
      reports.push(
        await evaluate({
          ...options,
          source: source ?? path.basename(options.data),
          table,
          splitRows: split,
          artifact,
        }),
      );
    }
  } finally {
    await artifact?.artifact.close();
  }
  return reports;
}

async function openForUse(folder: string): Promise<ArtifactInUse> {
  const { openArtifactFolder, predictWithArtifact } = await import("./artifact-predictor.ts");
  const artifact: Artifact = await openArtifactFolder(folder);
  return {
    artifact,
    predict: (table: QualityTable, rows: Int32Array): Promise<RouterPredictions> =>
      predictWithArtifact(artifact, table, rows),
  };
}

/** Sources to report on; null stands for a file of records, taken whole. */
async function sourcesOf({ data, sources }: RunBenchOptions): Promise<readonly (string | null)[]> {
  const found = await stat(data).catch((cause: unknown) => {
    throw new BenchError("no_data", `${data} cannot be read`, { place: "--data", cause });
  });
  if (found.isDirectory()) return sources ?? (await listDataFolder(data));
  return sources ?? [null];
}

async function readSource({ data }: RunBenchOptions, source: string | null): Promise<QualityTable> {
  const isFolder = (await stat(data)).isDirectory();
  const sources = source === null ? undefined : [source];
  const table = isFolder ? await readDataFolder(data, { sources }) : await readRecords(data, { sources });
  if (table.prompts.length === 0) throw new BenchError("no_rows", `${data} holds no prompts`, { place: "--data" });
  return table;
}
