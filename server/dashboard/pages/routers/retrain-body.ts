interface Figure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Served {
  readonly quality: number;
  readonly cost_usd: number;
}

/** What a run found when it compared the router that it made with the one that serves. */
export interface Comparison {
  readonly held_out_from: string;
  readonly by: "audits" | "feedback";
  readonly requests: number;
  readonly known: number;
  readonly sessions: number;
  readonly labels: number;
  readonly disagreement: number;
  readonly effective_sample_size: number;
  readonly confidence: number;
  readonly way: "recalibrated" | "trained" | null;
  readonly quality_difference: Figure | null;
  readonly cost_difference_usd: Figure | null;
  readonly serving: Served | null;
  readonly candidate: Served | null;
  readonly incumbent: Served | null;
}

export interface RetrainRun {
  readonly run: string;
  readonly route: string;
  readonly router: string;
  readonly serving: string;
  readonly trigger: string;
  readonly state: "running" | "proposed" | "no_better" | "refused" | "failed" | "died";
  readonly stage: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly since: string;
  readonly candidate: string | null;
  readonly because: string | null;
  readonly dismissed_at: string | null;
  readonly comparison: Comparison | null;
}

export interface Proposal {
  readonly run: string;
  readonly route: string;
  readonly router: string;
  readonly version: string;
  readonly proposed_at: string;
  readonly because: string;
  readonly serves: boolean;
  readonly stale: boolean;
  readonly routes: readonly string[];
  readonly voids_certificates: readonly string[];
}

export interface RouteSchedule {
  readonly route: string;
  readonly schedule: string | null;
  readonly next_at: string | null;
  readonly running: RetrainRun | null;
}

/** Answer of GET /admin/retrain. */
export interface RetrainBody {
  readonly routes: readonly RouteSchedule[];
  readonly proposals: readonly Proposal[];
  readonly runs: readonly RetrainRun[];
}
