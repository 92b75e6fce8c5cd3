import type { RouteSection } from "../config-schema.ts";
import type { Voidance } from "../observation/certificate.ts";
import type { Period, StoredCertificate } from "./activation-store.ts";
import type { EligibleFacts } from "./eligible.ts";
import type { RampState, RampTerms } from "./ramp.ts";
import type { Footing } from "./standing.ts";

/** An active route as it stands now. */
export interface ActiveRoute {
  readonly name: string;
  readonly stopped: Footing["stopped"];
  readonly override: string | null;
  readonly certificate: StoredCertificate | null;
  readonly voids: readonly Voidance[];
  readonly period: Period | null;
  readonly ramp: RampState | null;
  readonly terms: RampTerms;
  readonly share: number;
  readonly killed: { readonly atMs: number | null; readonly because: string } | null;
}

/** What a process holds of an active route. */
export interface LiveRoute {
  readonly name: string;
  readonly route: RouteSection;
  readonly isEligible: (facts: EligibleFacts) => boolean;
  readonly certificate: StoredCertificate | null;
  readonly voids: readonly Voidance[];
  readonly period: Period | null;
  readonly killed: ActiveRoute["killed"];
  ramp: RampState | null;
  readonly terms: RampTerms;
  /** Of the stored state that `ramp` goes on from. */
  version: number;
  /** Whether `ramp` has gone on since it was stored. */
  isDirty: boolean;
  readonly footing: Footing;
  /** Sessions whose lot was written down. */
  readonly begun: Set<string>;
}

export function shownRoute(live: LiveRoute): ActiveRoute {
  const { name, footing, route, certificate, voids, period, ramp, terms, killed } = live;
  return {
    name,
    stopped: footing.stopped,
    override: route.activation?.override ?? null,
    certificate,
    voids,
    period,
    ramp,
    terms,
    share: footing.stopped === null ? footing.rampShare : 0,
    killed,
  };
}

/** Why nothing is routed, whatever the request; null: it is. */
export function stoppedBy(
  killed: ActiveRoute["killed"],
  under: string | null,
  certificate: StoredCertificate | null,
  ramp: RampState | null,
): Footing["stopped"] {
  if (killed !== null) return "killed";
  if (under === null) return certificate === null ? "no_certificate" : "certificate_void";
  return ramp !== null && ramp.rolledBack !== null ? "rolled_back" : null;
}
