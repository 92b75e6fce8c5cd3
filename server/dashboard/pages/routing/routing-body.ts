interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface RoutingPoint {
  readonly quality: number;
  /** To the incumbent's predicted quality. */
  readonly difference: Interval;
  readonly cost_usd: number;
  readonly moved_share: number;
}

/** What GET /admin/routing answers. */
export interface RoutingBody {
  readonly route: string;
  readonly mode: string;
  readonly policy: { readonly name: string };
  readonly requests: number;
  readonly incumbent: { readonly model: string; readonly quality: number; readonly cost_usd: number } | null;
  readonly current: RoutingPoint | null;
  readonly frontier: readonly (RoutingPoint & { readonly usd_per_quality: number })[];
  readonly complexity: readonly number[];
  readonly tasks: readonly {
    readonly task: string | null;
    readonly requests: number;
    readonly earlier_share: number;
    readonly later_share: number;
    readonly quality: number;
    readonly cost_usd: number;
  }[];
  readonly reasons: readonly { readonly reason: string; readonly requests: number }[];
}
