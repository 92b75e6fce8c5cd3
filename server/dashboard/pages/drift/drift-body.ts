export interface ChartDay {
  readonly day: string;
  readonly answers: number;
  readonly value: number;
  readonly level: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly is_out: boolean;
}

export interface ModelSignal {
  readonly signal: "refusals" | "length" | "canary";
  readonly state: "learning" | "watching";
  readonly looks: number;
  readonly missing: number;
  readonly usual: number | null;
  readonly allowed: number | null;
  readonly recent: number | null;
  readonly evidence: number | null;
  readonly alarm_from: number;
}

export interface ModelVersion {
  readonly kind: "model" | "fingerprint";
  readonly name: string;
  readonly answers: number;
  readonly first_at: string;
  readonly last_at: string;
}

export interface CanaryDay {
  readonly day: string;
  readonly asked: number;
  readonly passed: number;
  readonly cost_usd: number;
}

export interface ModelDrift {
  readonly model: string;
  readonly version: string | null;
  readonly versions: readonly ModelVersion[];
  readonly signals: readonly ModelSignal[];
  readonly length: readonly ChartDay[];
  readonly refusals: readonly ChartDay[];
  readonly canaries: readonly CanaryDay[];
}

export interface DriftAlarm {
  readonly route: string;
  readonly model: string | null;
  readonly signal: string;
  readonly at: string;
  readonly because: string;
}

/** Answer of GET /admin/drift, as far as pages show it. */
export interface DriftBody {
  readonly models: readonly ModelDrift[];
  readonly alarms: readonly DriftAlarm[];
  readonly false_alarm_rate: number;
}

/** USD a million tokens. */
export interface ListPrice {
  readonly input_usd: number;
  readonly output_usd: number;
}

export interface PricedModel {
  readonly model: string;
  readonly before: ListPrice | null;
  readonly now: ListPrice | null;
}

/** Answer of GET /admin/drift/input. */
export interface DriftInputBody {
  readonly compared_with: {
    readonly basis: "certificate" | "first_days";
    readonly from: string;
    readonly to: string;
  } | null;
  readonly days: readonly {
    readonly day: string;
    readonly requests: number;
    readonly far_share: number;
    readonly distance: number | null;
  }[];
  readonly usual_distance: number | null;
  readonly prices: readonly PricedModel[];
}

/** Answer of POST /admin/drift/canaries. */
export interface CanaryRound {
  readonly asked: number;
  readonly passed: number;
  readonly unreached: number;
  readonly skipped: number;
  readonly cost_usd: number;
}
