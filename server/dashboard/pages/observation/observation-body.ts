/** A figure with its interval; null where nothing bounds it. */
export interface Figure {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** How it was found; `no_audit_bound`: too few audits, so only what needs none is said. */
  readonly method: string;
  readonly n: number;
}

export interface Point {
  readonly threshold: number;
  readonly audits: number;
  readonly moved_share: number;
  readonly saving: Figure;
  readonly quality_difference: Figure;
}

export interface HistoryDay {
  readonly day: number;
  readonly at: string;
  readonly audits: number;
  readonly saving: Figure | null;
  readonly quality_difference: Figure | null;
}

export interface Finding {
  /** null: all requests. */
  readonly stratum: string | null;
  readonly threshold: number | null;
  readonly audits: number;
  readonly sessions: number;
  readonly share: number;
  readonly observed_loss: number | null;
  readonly samples_missing: number | null;
  readonly is_possible: boolean;
}

/** Requests of which the router promised about the same, and what audits found of them. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly promised: number;
  readonly requests: number;
  readonly audits: number;
  readonly realised: Figure;
}

/** An observation that is over. */
export interface Earlier {
  readonly observation: string;
  readonly kind: "observe" | "active";
  readonly started_at: string;
}

/** What GET /admin/observation answers, as far as the page shows it. */
export interface ObservationBody {
  readonly observation: string;
  readonly route: string;
  readonly kind: "observe" | "active";
  readonly started_at: string;
  readonly ended_at: string | null;
  /** When it was computed. */
  readonly at: string;
  readonly commitment: string;
  readonly salt: string | null;
  readonly day: number;
  readonly days: number | null;
  readonly state: "running" | "complete" | "ended";
  readonly traffic: {
    readonly requests: number;
    readonly eligible: number;
    /** What eligible requests cost at the incumbent, or would have. */
    readonly incumbent_usd: number;
    readonly excluded_share: number;
    readonly excluded: readonly { readonly reason: string; readonly requests: number; readonly share: number }[];
  };
  readonly audits: {
    readonly drawn: number;
    readonly queued: number;
    readonly done: number;
    readonly unjudged: number;
    readonly lost: number;
    readonly lost_share: number;
    readonly replay_usd: number;
    readonly judge_usd: number;
    readonly spent_today_usd: number;
    readonly daily_usd: number;
    readonly note: string | null;
  };
  readonly envelope: readonly {
    readonly model: string;
    readonly name: string;
    readonly low: number;
    readonly high: number;
  }[];
  readonly promise: { readonly max_quality_loss: number; readonly confidence: number };
  readonly projected: Point | null;
  readonly by: Readonly<
    Record<"task" | "feature" | "tenant", readonly (Point & { readonly name: string; readonly requests: number })[]>
  >;
  readonly judged_by: readonly { readonly name: string; readonly audits: number }[];
  readonly certifiable: {
    readonly refusal: string | null;
    readonly overall: Finding | null;
    readonly strata: readonly Finding[];
  };
  readonly labels: { readonly people: number; readonly share: number };
  readonly calibration: readonly CalibrationBin[];
  readonly tighter: { readonly audits_to_halve: number | null; readonly audits_to_show: number | null };
  readonly history: readonly HistoryDay[];
  readonly previous: readonly Earlier[];
}
