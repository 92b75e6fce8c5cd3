import type { Rng } from "../../../engine/rng.ts";
import type { AuditRow, ObservationHead } from "../observation-file.ts";

const price = (input: number) => ({ inputMicroUsdPerMTok: input, outputMicroUsdPerMTok: 4 * input });
/** How much of the routed model's failures each task cluster has, and how much of the traffic. */
const STRATA = [
  { stratum: "chat", until: 0.6, harm: 0.12 },
  { stratum: "code", until: 0.9, harm: 0.3 },
  { stratum: "maths", until: 1, harm: 0.8 },
];

/** Lines of an observation file: audits of requests whose routed answer fails the more the lower they score. */
export function simulateObservation(audits: number, rng: Rng): [ObservationHead, ...AuditRow[]] {
  const head: ObservationHead = {
    kind: "observation",
    schema: 1,
    binding: {
      route: "default",
      router: { name: "default", version: "2026-11-23.1" },
      policy: { name: "quality-target", quality: 0.95 },
      incumbent: "simulated/large",
      models: [
        { model: "simulated/large", version: "large-1", price: price(2_500_000) },
        { model: "simulated/small", version: "small-1", price: price(150_000) },
      ],
    },
    thresholds: Array.from({ length: 40 }, (_, i) => Math.round(1000 - 25 * (i + 1)) / 1000),
    window: { from: "2026-11-09T00:00:00Z", to: "2026-11-23T00:00:00Z" },
    excluded_share: 0.08,
    lost_share: 0,
    judged_by: "simulated",
  };
  const rows = Array.from({ length: audits }, (_, i): AuditRow => {
    const lot = rng.next();
    const { stratum, harm } = STRATA.find(({ until }) => lot < until)!;
    const score = Math.round(1000 * rng.next()) / 1000;
    const incumbent = rng.next() < 0.9 ? 1 : 0;
    const fails = rng.next() < harm * (1 - score);
    return {
      kind: "audit",
      request: `req-${i}`,
      stratum,
      score,
      uniform: rng.next() < 0.8,
      inclusion: 0.02,
      incumbent_quality: incumbent,
      routed_quality: fails ? 0 : incumbent,
    };
  });
  return [head, ...rows];
}
