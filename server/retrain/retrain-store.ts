import type { Comparison } from "./comparison.ts";

export const RUN_STATES = ["running", "proposed", "no_better", "refused", "failed", "died"] as const;
export type RunState = (typeof RUN_STATES)[number];
export const TRIGGERS = ["command", "api", "schedule"] as const;

/** One run of learning a router anew. */
export interface RetrainRun {
  readonly runId: string;
  readonly route: string;
  /** Family of routers that it may add a version to. */
  readonly router: string;
  /** Version that served when it began. */
  readonly serving: string;
  readonly trigger: (typeof TRIGGERS)[number];
  /** When it was due; null where somebody asked. */
  readonly dueAtMs: number | null;
  readonly state: RunState;
  /** What it is at, or was at last. */
  readonly stage: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly sinceMs: number;
  /** Process that runs it. */
  readonly holder: string;
  /** Version that it proposes. */
  readonly candidate: string | null;
  /** Why it ended as it did, in words. */
  readonly because: string | null;
  readonly comparison: Comparison | null;
  /** Somebody does not want the proposal. */
  readonly dismissedAtMs: number | null;
}

export type RunEnd = Pick<RetrainRun, "endedAtMs" | "candidate" | "because" | "comparison"> & {
  readonly state: Exclude<RunState, "running">;
};

/** Where runs are kept, for all processes that share the database. */
export interface RetrainStore {
  /** One a router at a time, and one a due moment of a route: returns the run that stands in the way, or null. */
  begin(run: RetrainRun): Promise<RetrainRun | null>;
  /** Another process takes a run over. */
  hold(runId: string, holder: string): Promise<void>;
  stage(runId: string, stage: string): Promise<void>;
  /** false: it had ended already, and stays as it is. */
  end(runId: string, end: RunEnd): Promise<boolean>;
  find(runId: string): Promise<RetrainRun | null>;
  /** Newest first; of all routes when none is named. */
  list(route: string | null, limit: number): Promise<readonly RetrainRun[]>;
  running(): Promise<readonly RetrainRun[]>;
  /** When the last scheduled run of a route began; null: there was none. */
  lastScheduled(route: string): Promise<number | null>;
  /** false: there is no such proposal. */
  dismiss(runId: string, atMs: number): Promise<boolean>;
  /** By route and state. */
  counts(): Promise<readonly { readonly route: string; readonly state: RunState; readonly runs: number }[]>;
}
