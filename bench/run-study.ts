import type { QualityTable } from "../datasets/quality-table.ts";
import { readDataFolder } from "../datasets/read-data-folder.ts";
import { discover } from "../engine/discover.ts";
import type { RouterOptions } from "../trainer/fit-router.ts";
import { BenchError } from "./errors.ts";
import { createFitPredict } from "./fit-predict.ts";
import { describeMachine, sourceCommit } from "./machine.ts";
import type { StudyReport } from "./result.ts";
import type { StudyPlugin, TableRequest } from "./study.ts";

export interface RunStudyOptions {
  readonly name: string;
  readonly data: string;
  readonly artifact: string | null;
  readonly router: RouterOptions;
  routerOn(tier: RouterOptions["tier"]): Promise<RouterOptions>;
  readonly seeds: readonly number[];
  readonly resamples: number;
  readonly maxRows: number | null;
  readonly cacheFolder: string | null;
  /** As it is printed in the report. */
  readonly command: string;
  readonly nowMs: () => number;
  log(line: string): void;
}

export function loadStudies(): Promise<ReadonlyMap<string, StudyPlugin>> {
  return discover<StudyPlugin>(new URL("./studies/", import.meta.url));
}

/** @throws BenchError `unknown_study`, listing what there is */
export async function runStudy(options: RunStudyOptions): Promise<StudyReport> {
  const studies = await loadStudies();
  const study = studies.get(options.name);
  if (study === undefined) {
    throw new BenchError("unknown_study", `no study "${options.name}"; there are ${[...studies.keys()].join(", ")}`);
  }
  const { data, artifact, router, routerOn, seeds, resamples, maxRows, log } = options;
  const started = options.nowMs();
  const findings = await study.run({
    data,
    artifact,
    router,
    routerOn,
    seeds,
    resamples,
    maxRows,
    log,
    fitPredict: createFitPredict({ cacheFolder: options.cacheFolder, log }),
    readTable: createTableReader(data),
  });
  return {
    study: study.name,
    protocol: study.protocol,
    bars: [...findings.bars],
    tables: [...findings.tables],
    charts: [...findings.charts],
    notes: [
      ...findings.notes,
      `router: ${router.tier} tier, estimator ${router.estimator}; splits ${seeds.join(", ")}; ${resamples} resamples`,
    ],
    command: options.command,
    seconds: Math.round(options.nowMs() - started) / 1000,
    seed: router.seed,
    commit: sourceCommit(),
    machine: describeMachine(),
    at: new Date(options.nowMs()).toISOString(),
  };
}

function createTableReader(data: string): (request: TableRequest) => Promise<QualityTable> {
  const known = new Map<string, Promise<QualityTable>>();
  return (request) => {
    const key = JSON.stringify([request.sources, request.models]);
    const table = known.get(key) ?? readDataFolder(data, request);
    known.set(key, table);
    return table;
  };
}
