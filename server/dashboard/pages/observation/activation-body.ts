/** A certificate as the page shows it. */
export interface CertificateBody {
  readonly digest: string;
  readonly max_quality_loss: number;
  readonly confidence: number;
  readonly issued_at: string;
  readonly expires_at: string;
  readonly excluded_share: number;
  readonly judged_by: string;
  readonly strata: readonly {
    readonly stratum: string | null;
    readonly threshold: number | null;
    readonly n: number;
    readonly routed_share: number | null;
    readonly observed_loss: number | null;
  }[];
}

/** Answer of GET /admin/certificate. */
export interface CertificateStanding {
  readonly valid: boolean;
  readonly void_because: readonly { readonly code: string; readonly message: string }[];
  readonly certificate: CertificateBody | null;
}

/** Answer of POST /admin/certificate. */
export interface Issued {
  readonly certified: boolean;
  readonly confidence_used: number;
  readonly strata?: readonly {
    readonly stratum: string | null;
    readonly n: number;
    readonly samples_missing: number | null;
  }[];
}

export interface ActiveRouteBody {
  readonly route: string;
  readonly standing: string;
  readonly override: string | null;
  readonly share: number;
  readonly killed: { readonly at: string | null; readonly because: string } | null;
  readonly holdout: { readonly share: number; readonly salt_commitment: string; readonly since: string } | null;
  readonly ramp: {
    readonly stage: number;
    readonly stages: readonly number[];
    readonly since: string;
    readonly routed_requests: number;
    readonly held: string | null;
    readonly rolled_back: { readonly at: string; readonly signal: string; readonly because: string } | null;
    readonly next: { readonly not_before: string; readonly requests_missing: number } | null;
  } | null;
  readonly signals: readonly {
    readonly signal: string;
    readonly stratum: string | null;
    readonly looks: number;
    readonly evidence: number;
    readonly alarm_from: number;
    readonly recent_mean: number | null;
    readonly allowed: number;
  }[];
}

/** Answer of GET /admin/activation. */
export interface ActivationBody {
  readonly routes: readonly ActiveRouteBody[];
  readonly alarms: readonly {
    readonly route: string;
    readonly signal: string;
    readonly at: string;
    readonly because: string;
  }[];
}

/** Answer of GET /admin/activation/switch. */
export interface SwitchBody {
  readonly route: string;
  /** Mode in the configuration. */
  readonly configured: string;
  readonly allowed: boolean;
  readonly because: string | null;
  readonly certified: boolean;
  readonly switched: { readonly at: string; readonly override: string | null } | null;
}
