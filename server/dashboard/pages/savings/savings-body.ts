/** A month of GET /admin/savings. Money is USD; null: not finite, nothing can be said yet. */
export interface MonthBody {
  readonly month: string;
  readonly saved_usd: number | null;
  readonly saved_low_usd: number | null;
  readonly saved_high_usd: number | null;
  readonly saved_share: number | null;
  readonly overhead_usd: number | null;
  readonly holdout_cost_usd: number | null;
  readonly sessions: { readonly treatment: number; readonly holdout: number };
  readonly cumulative: {
    readonly saved_usd: number | null;
    readonly low_usd: number | null;
    readonly high_usd: number | null;
    readonly lower_bound_usd: number | null;
    readonly overhead_usd: number | null;
  };
  readonly quality: {
    readonly state: string;
    readonly margin: number;
    readonly difference: number | null;
    readonly low: number | null;
    readonly n: number;
  };
  readonly sample_ratio: { readonly p_value: number; readonly evidence: number; readonly broken: boolean };
  readonly unpriced_requests: number;
  readonly fee_usd: number | null;
  readonly no_fee_because: string | null;
}

export interface SavingsBody {
  readonly route: string;
  readonly rows: number;
  readonly head: string | null;
  readonly why_none: string | null;
  readonly terms: {
    readonly incumbent: string;
    readonly holdout: number;
    readonly salt_commitment: string;
    readonly confidence: number;
    readonly fee_share: number;
    readonly quality_margin: number;
    readonly certificate: string | null;
    readonly since: string;
  } | null;
  readonly lost_rows: number;
  readonly months: readonly MonthBody[];
}
