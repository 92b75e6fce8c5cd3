import { z } from "zod";
import { Price } from "../../engine/schema/candidate.ts";
import { PolicyConfig } from "../../engine/schema/route-config.ts";
import { digestOf } from "../canonical-digest.ts";
import type { StratumFinding } from "./certify/certify.ts";
import { LOSSES } from "./certify/losses.ts";

const Share = z.number().min(0).max(1);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a lower-case SHA-256 digest");
const Moment = z.iso.datetime();

/** A model as it was when it was audited. */
export const BoundModel = z.strictObject({
  model: z.string().min(1),
  /** Provider's own name of what answers, e.g. with the version's date; null: it gave none. */
  version: z.string().nullable(),
  price: Price.nullable(),
});
export type BoundModel = z.infer<typeof BoundModel>;

/** What a certificate holds for: it is void once any of it has changed. */
export const Binding = z.strictObject({
  route: z.string().min(1),
  router: z.strictObject({ name: z.string(), version: z.string() }),
  policy: PolicyConfig,
  incumbent: z.string().min(1),
  models: z.array(BoundModel).min(1),
});
export type Binding = z.infer<typeof Binding>;

const CertifiedStratum = z.strictObject({
  /** null: all requests. */
  stratum: z.string().nullable(),
  /** A request leaves the incumbent when its score reaches it; null: none does. */
  threshold: z.number().nullable(),
  test: z.enum(["binomial", "hoeffding_bentkus", "betting"]),
  delta: z.number().positive().max(1),
  n: z.number().int().nonnegative(),
  sessions: z.number().int().nonnegative(),
  routed_share: Share.nullable(),
  observed_loss: z.number().nullable(),
  p_value: z.number().nullable(),
  /** More audits that a bolder threshold needs, at the loss seen; null: none, or no number would do. */
  samples_missing: z.number().int().nonnegative().nullable(),
});

/** Statement that a route's quality loss is at most `max_quality_loss` with probability `confidence`: certificate.json. */
export const Certificate = z.strictObject({
  schema: z.literal(1),
  binding: Binding,
  loss: z.strictObject({ name: z.enum(["harm", "shortfall", "non_inferiority"]), text: z.string() }),
  max_quality_loss: Share,
  confidence: z.number().gt(0).lt(1),
  scope: z.enum(["overall", "strata"]),
  correction: z.enum(["none", "bonferroni"]),
  method: z.string(),
  /** Digest of the thresholds in the order in which they were tried. */
  thresholds_digest: Sha256,
  strata: z.array(CertifiedStratum).min(1),
  /** Who judged, e.g. `exact`, or a judge's name, and how many labels by people corrected it. */
  judged_by: z.string(),
  gold_labels: z.number().int().nonnegative(),
  /** Requests on which nothing is claimed: tools with side effects, private content, not eligible. */
  excluded_share: Share,
  data_digest: Sha256,
  window: z.strictObject({ from: Moment, to: Moment }),
  issued_at: Moment,
  expires_at: Moment,
  digest: Sha256,
});
export type Certificate = z.infer<typeof Certificate>;

export interface CertificateFacts {
  readonly binding: Binding;
  readonly loss: keyof typeof LOSSES;
  readonly maxQualityLoss: number;
  readonly confidence: number;
  readonly scope: "overall" | "strata";
  readonly thresholds: readonly number[];
  readonly findings: readonly StratumFinding[];
  readonly judgedBy: string;
  readonly goldLabels: number;
  readonly excludedShare: number;
  readonly dataDigest: string;
  readonly window: { readonly from: string; readonly to: string };
  readonly issuedAtMs: number;
  readonly lifetimeDays: number;
}

const DAY_MS = 86_400_000;

export function makeCertificate(facts: CertificateFacts): Certificate {
  const { binding, loss, findings, scope, issuedAtMs } = facts;
  const body: Omit<Certificate, "digest"> = {
    schema: 1,
    binding,
    loss: { name: loss, text: LOSSES[loss].text },
    max_quality_loss: facts.maxQualityLoss,
    confidence: facts.confidence,
    scope,
    correction: scope === "strata" && findings.length > 1 ? "bonferroni" : "none",
    method: "learn then test, fixed sequence of falling thresholds",
    thresholds_digest: digestOf(facts.thresholds),
    strata: findings.map((finding) => ({
      stratum: finding.stratum,
      threshold: finding.threshold,
      test: finding.test,
      delta: finding.delta,
      n: finding.n,
      sessions: finding.sessions,
      routed_share: finding.routedShare,
      observed_loss: finding.observedLoss,
      p_value: finding.pValue,
      samples_missing: finding.missing !== null && Number.isFinite(finding.missing) ? finding.missing : null,
    })),
    judged_by: facts.judgedBy,
    gold_labels: facts.goldLabels,
    excluded_share: facts.excludedShare,
    data_digest: facts.dataDigest,
    window: facts.window,
    issued_at: new Date(issuedAtMs).toISOString(),
    expires_at: new Date(issuedAtMs + facts.lifetimeDays * DAY_MS).toISOString(),
  };
  return { ...body, digest: digestOf(body) };
}

/** Why a certificate does not hold. Codes are API. */
export type VoidReason =
  | "digest_mismatch"
  | "nothing_certified"
  | "not_yet_valid"
  | "expired"
  | "route_changed"
  | "router_changed"
  | "policy_changed"
  | "incumbent_changed"
  | "model_missing"
  | "model_added"
  | "model_version_changed"
  | "price_changed"
  | "drift_alarm";

export interface Voidance {
  readonly code: VoidReason;
  readonly message: string;
}

/** How things stand now. */
export interface PresentState {
  readonly binding: Binding;
  readonly nowMs: number;
  /** Alarms raised since the certificate was issued, in words. */
  readonly alarms: readonly string[];
}

/** Every reason why a certificate is void; none: it holds. */
export function whyVoid(certificate: Certificate, { binding, nowMs, alarms }: PresentState): Voidance[] {
  const { digest, ...body } = certificate;
  const bound = certificate.binding;
  const reasons: Voidance[] = [];
  const say = (isSo: boolean, code: VoidReason, message: string) => {
    if (isSo) reasons.push({ code, message });
  };
  say(digestOf(body) !== digest, "digest_mismatch", "the certificate was altered after it was made");
  say(
    certificate.strata.every(({ threshold }) => threshold === null),
    "nothing_certified",
    "no threshold was certified",
  );
  say(nowMs < Date.parse(certificate.issued_at), "not_yet_valid", `it was issued for ${certificate.issued_at} on`);
  say(nowMs >= Date.parse(certificate.expires_at), "expired", `it held until ${certificate.expires_at}`);
  say(binding.route !== bound.route, "route_changed", `it is for route ${bound.route}, not ${binding.route}`);
  const [then, now] = [bound.router, binding.router].map(({ name, version }) => `${name}@${version}`);
  say(then !== now, "router_changed", `it is for router ${then}; ${now} serves`);
  say(digestOf(bound.policy) !== digestOf(binding.policy), "policy_changed", "the route's policy is another one");
  say(
    bound.incumbent !== binding.incumbent,
    "incumbent_changed",
    `quality was compared with ${bound.incumbent}, and the incumbent is ${binding.incumbent}`,
  );
  return [...reasons, ...modelChanges(bound.models, binding.models), ...alarms.map(alarmed)];
}

function modelChanges(bound: readonly BoundModel[], present: readonly BoundModel[]): Voidance[] {
  const now = new Map(present.map((model) => [model.model, model]));
  const known = new Set(bound.map(({ model }) => model));
  const added = present
    .filter(({ model }) => !known.has(model))
    .map(({ model }): Voidance => ({ code: "model_added", message: `${model} was not audited` }));
  const changed = bound.flatMap(({ model, version, price }): Voidance[] => {
    const at = now.get(model);
    if (at === undefined) return [{ code: "model_missing", message: `${model} is no longer a candidate` }];
    const found: Voidance[] = [];
    // Where either is not known nothing is known to have changed.
    if (at.version !== null && version !== null && at.version !== version) {
      const message = `${model} answers as ${at.version} now and was ${version}`;
      found.push({ code: "model_version_changed", message });
    }
    if (digestOf(at.price) !== digestOf(price)) {
      found.push({ code: "price_changed", message: `the price of ${model} is another one` });
    }
    return found;
  });
  return [...changed, ...added];
}

function alarmed(alarm: string): Voidance {
  return { code: "drift_alarm", message: alarm };
}

/** Where a request of this stratum leaves the incumbent; null: it stays. For a certificate that holds. */
export function thresholdFor({ strata, scope }: Certificate, stratum: string | null): number | null {
  const found = strata.find((entry) => (scope === "overall" ? entry.stratum === null : entry.stratum === stratum));
  return found?.threshold ?? null;
}
