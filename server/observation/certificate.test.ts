import { describe, expect, it } from "vitest";
import {
  type Binding,
  Certificate,
  makeCertificate,
  type PresentState,
  thresholdFor,
  type VoidReason,
  whyVoid,
} from "./certificate.ts";
import type { StratumFinding } from "./certify/certify.ts";

const price = (input: number) => ({ inputMicroUsdPerMTok: input, outputMicroUsdPerMTok: 4 * input });
const BINDING: Binding = {
  route: "default",
  router: { name: "default", version: "2026-11-23.1" },
  policy: { name: "quality-target", quality: 0.95 },
  incumbent: "openai/gpt-4o",
  models: [
    { model: "openai/gpt-4o", version: "fp_1", price: price(2_500_000) },
    { model: "openai/gpt-4o-mini", version: null, price: price(150_000) },
  ],
};
const finding = (stratum: string | null, threshold: number | null): StratumFinding => ({
  stratum,
  threshold,
  test: "binomial",
  delta: 0.025,
  n: 1000,
  sessions: 1000,
  routedShare: threshold === null ? null : 0.4,
  observedLoss: threshold === null ? null : 0.01,
  pValue: threshold === null ? null : 0.001,
  missing: threshold === null ? Number.POSITIVE_INFINITY : 120,
  steps: [],
});
const ISSUED = Date.UTC(2026, 10, 23);
const certificate = makeCertificate({
  binding: BINDING,
  loss: "harm",
  maxQualityLoss: 0.03,
  confidence: 0.95,
  scope: "strata",
  thresholds: [0.5, 0.4],
  findings: [finding("code", 0.4), finding("maths", null)],
  judgedBy: "exact",
  goldLabels: 0,
  excludedShare: 0.1,
  dataDigest: "a".repeat(64),
  window: { from: "2026-11-09T00:00:00Z", to: "2026-11-23T00:00:00Z" },
  issuedAtMs: ISSUED,
  lifetimeDays: 30,
});
const now = { binding: BINDING, nowMs: ISSUED + 1, alarms: [] };
const codesOf = (state: Parameters<typeof whyVoid>[1], of = certificate) => whyVoid(of, state).map(({ code }) => code);
const withModel = (index: number, change: object): Binding => ({
  ...BINDING,
  models: BINDING.models.map((model, i) => (i === index ? { ...model, ...change } : model)),
});

describe("certificate", () => {
  it("reads back from JSON as it was, and holds while nothing changes", () => {
    const back = Certificate.parse(JSON.parse(JSON.stringify(certificate)));
    expect(back).toEqual(certificate);
    expect(whyVoid(back, now)).toEqual([]);
    expect(back.strata[1]!.samples_missing).toBeNull();
  });

  it("holds whatever the order of the fields in its file", () => {
    const turned = Certificate.parse(Object.fromEntries(Object.entries(certificate).reverse()));
    expect(whyVoid(turned, now)).toEqual([]);
  });

  it.each<[VoidReason, PresentState, Certificate]>([
    ["digest_mismatch", now, { ...certificate, max_quality_loss: 0.02 }],
    ["expired", { ...now, nowMs: ISSUED + 30 * 86_400_000 }, certificate],
    ["not_yet_valid", { ...now, nowMs: ISSUED - 1 }, certificate],
    ["route_changed", { ...now, binding: { ...BINDING, route: "other" } }, certificate],
    ["router_changed", { ...now, binding: { ...BINDING, router: { name: "default", version: "2" } } }, certificate],
    [
      "policy_changed",
      { ...now, binding: { ...BINDING, policy: { name: "quality-target", quality: 0.9 } } },
      certificate,
    ],
    ["incumbent_changed", { ...now, binding: { ...BINDING, incumbent: "openai/gpt-4o-mini" } }, certificate],
    ["model_missing", { ...now, binding: { ...BINDING, models: BINDING.models.slice(0, 1) } }, certificate],
    [
      "model_added",
      { ...now, binding: { ...BINDING, models: [...BINDING.models, { model: "new", version: null, price: null }] } },
      certificate,
    ],
    ["model_version_changed", { ...now, binding: withModel(0, { version: "fp_2" }) }, certificate],
    ["price_changed", { ...now, binding: withModel(1, { price: price(100_000) }) }, certificate],
    ["drift_alarm", { ...now, alarms: ["harm in code above 3 %"] }, certificate],
  ])("is void, and says so: %s", (code, state, of) => {
    expect(codesOf(state, of)).toEqual([code]);
  });

  it("is void when nothing was certified", () => {
    const none = makeCertificate({
      binding: BINDING,
      loss: "harm",
      maxQualityLoss: 0.03,
      confidence: 0.95,
      scope: "overall",
      thresholds: [0.5],
      findings: [finding(null, null)],
      judgedBy: "exact",
      goldLabels: 0,
      excludedShare: 0,
      dataDigest: "a".repeat(64),
      window: { from: "2026-11-09T00:00:00Z", to: "2026-11-23T00:00:00Z" },
      issuedAtMs: ISSUED,
      lifetimeDays: 30,
    });
    expect(codesOf(now, none)).toEqual(["nothing_certified"]);
  });

  it("lets a request leave the incumbent only in a stratum that was certified", () => {
    expect(thresholdFor(certificate, "code")).toBe(0.4);
    expect(thresholdFor(certificate, "maths")).toBeNull();
    expect(thresholdFor(certificate, "poetry")).toBeNull();
    expect(certificate.correction).toBe("bonferroni");
  });
});
