export interface RouterFamily {
  readonly name: string;
  readonly current: string | null;
  readonly previous: string | null;
  readonly versions: readonly {
    readonly version: string;
    readonly tier: string | null;
    readonly created_at: string | null;
    readonly current: boolean;
  }[];
}

/** Answer of GET /admin/routers. */
export interface RoutersBody {
  readonly serving: { readonly name: string; readonly version: string; readonly degraded: string | null };
  readonly routers: readonly RouterFamily[];
}
