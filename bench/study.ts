import type { QualityTable } from "../datasets/quality-table.ts";
import type { Named } from "../engine/discover.ts";
import type { RouterOptions } from "../trainer/fit-router.ts";
import type { FitPredict } from "./fit-predict.ts";
import type { StudyBar, StudyChart, StudyTable } from "./result.ts";

/** What a study finds; the command adds machine, seed, commit and time. */
interface StudyFindings {
  readonly bars: readonly StudyBar[];
  readonly tables: readonly StudyTable[];
  readonly charts: readonly StudyChart[];
  readonly notes: readonly string[];
}

export interface TableRequest {
  readonly sources: readonly string[];
  /** Only these models' outcomes; all when absent. */
  readonly models?: readonly string[];
}

export interface StudyContext {
  /** Folder of outcome data. */
  readonly data: string;
  /** Reads outcomes; the same request again costs nothing. */
  readTable(request: TableRequest): Promise<QualityTable>;
  /** Fits a router and predicts; remembers what it has done when a cache folder was given. */
  readonly fitPredict: FitPredict;
  /** Options of our router, as the command line gave them. */
  readonly router: RouterOptions;
  /** The same on the other tier; reads the text encoder for the full one. */
  routerOn(tier: RouterOptions["tier"]): Promise<RouterOptions>;
  /** Folder of the artifact to measure; null: the shipped default. */
  readonly artifact: string | null;
  /** Seeds of the splits. */
  readonly seeds: readonly number[];
  readonly resamples: number;
  /** At most so many training rows a fit, for quick runs; null: all. */
  readonly maxRows: number | null;
  log(line: string): void;
}

/** Plug-in of bench/studies/, one file each, run by `weir bench --study <name>`. */
export interface StudyPlugin extends Named {
  readonly summary: string;
  /** How it measures, in words that a reader can repeat. */
  readonly protocol: string;
  run(context: StudyContext): Promise<StudyFindings>;
}

export function defineStudy(plugin: StudyPlugin): StudyPlugin {
  return plugin;
}
