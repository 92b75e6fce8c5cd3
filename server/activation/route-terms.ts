import type { RouteSection } from "../config-schema.ts";
import type { Certificate } from "../observation/certificate.ts";
import { LOSSES } from "../observation/certify/losses.ts";
import { DEFAULT_ACTIVATION, DEFAULT_HOLDOUT, DEFAULT_RAMP, type RampSection } from "./activation-config.ts";
import type { RampTerms } from "./ramp.ts";

/** Quality that may be lost where neither certificate nor configuration says. */
export const DEFAULT_QUALITY_LOSS = 0.03;

/** Under an override a ramp begins at its end unless one is written. */
const NO_RAMP: RampSection = { stages: [1], hours: 0, requests: 0 };

export function rampTermsOf(route: RouteSection, certificate: Certificate | null): RampTerms {
  const { ramp, maxErrorRate, latencyFactor } = route.activation ?? DEFAULT_ACTIVATION;
  const loss = LOSSES[certificate?.loss.name ?? "harm"];
  return {
    ...(ramp ?? (certificate === null ? NO_RAMP : DEFAULT_RAMP)),
    maxErrorRate,
    latencyFactor,
    risk: loss.riskFor(qualityLossOf(route, certificate)),
    strata: certificate?.scope === "strata" ? certificate.strata.length : 1,
  };
}

export function qualityLossOf(route: RouteSection, certificate: Certificate | null): number {
  return certificate?.max_quality_loss ?? route.certificate?.maxQualityLoss ?? DEFAULT_QUALITY_LOSS;
}

export function holdoutOf(route: RouteSection, isCertified: boolean): number {
  return route.holdout ?? (isCertified ? DEFAULT_HOLDOUT : 0);
}
