import type { StratumFinding } from "../certify/certify.ts";

/** What is said where nothing could be certified: how many audits are missing. */
export function refusalBody(findings: readonly StratumFinding[]) {
  return {
    certified: false,
    strata: findings.map(({ stratum, n, sessions, missing, delta, test }) => ({
      stratum,
      n,
      sessions,
      delta,
      test,
      samples_missing: missing !== null && Number.isFinite(missing) ? missing : null,
    })),
  };
}
