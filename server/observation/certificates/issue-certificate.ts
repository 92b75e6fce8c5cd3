import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ActivationStore } from "../../activation/activation-store.ts";
import { canonicalJson, digestOf } from "../../canonical-digest.ts";
import { type Binding, type Certificate, makeCertificate } from "../certificate.ts";
import { certify, type StratumFinding } from "../certify/certify.ts";
import type { LossName } from "../certify/losses.ts";
import type { ModelStore } from "../model-watch/model-store.ts";
import { MOST_LOST, sampleOf } from "../observation-file.ts";
import type { AuditStore, Observation, ObservedData } from "../observe/audit-store.ts";
import { NotCertifiable, observedFile } from "./observed-file.ts";

export interface CertificateTerms {
  readonly maxQualityLoss: number;
  readonly confidence: number;
  readonly loss: LossName;
  readonly scope: "overall" | "strata";
  readonly days: number;
}

export interface IssueDeps {
  readonly audits: Pick<AuditStore, "current" | "list" | "read" | "countAudits">;
  readonly store: Pick<ActivationStore, "putCertificate" | "noteTest">;
  readonly models: Pick<ModelStore, "versions" | "alarms">;
  /** How the route is bound now; null: not known, the observation's own word is taken. */
  readonly binding: Binding | null;
  /** Chance of a label by people, given an audit. */
  readonly goldShare: number;
  readonly nowMs: number;
}

export interface Issued {
  /** null: nothing could be shown. */
  readonly certificate: Certificate | null;
  readonly findings: readonly StratumFinding[];
  /** How often the observation's outcomes were tested, under whatever terms. */
  readonly test: number;
  /** 1 - delta of this test: looking earlier, or again under other terms, leaves less. */
  readonly confidence: number;
}

const MOST_ROWS = 1_000_000;
const MOST_ALARMS = 1_000;
const PERCENT = 100;
const DAY_MS = 86_400_000;

/**
 * Tests the newest observation of a route that has audits and keeps the certificate. One test at the observation's end has the
 * whole delta; a test before its end, and every other one, has half of what is left, so that all of them together are wrong
 * with a chance of at most delta.
 *
 * @throws NotCertifiable, saying why
 */
export async function issueCertificate(route: string, terms: CertificateTerms, deps: IssueDeps): Promise<Issued> {
  const { audits, store, binding, goldShare, nowMs } = deps;
  const observation = await newestAudited(route, audits);
  const isOver = hasEnded(observation, nowMs);
  if (isOver) await refuseUnfinished(observation, audits);
  const read = await audits.read(observation.observationId, { toDay: Number.MAX_SAFE_INTEGER, mostRows: MOST_ROWS });
  const data = beforeOpen(read);
  const unlabelled = data.audits.filter(
    ({ isGold, state, goldRouted }) => isGold && state === "done" && goldRouted === null,
  );
  if (goldShare === 0 && data.audits.some(({ isGold }) => isGold)) {
    throw new NotCertifiable(
      "people labelled some of the audits: the share that was drawn for them is needed, `observation.goldShare`",
    );
  }
  if (goldShare > 0 && unlabelled.length > 0) {
    throw new NotCertifiable(`${unlabelled.length} audits wait for labels by people`);
  }
  const { head, rows } = observedFile(observation, data, { goldShare, nowMs });
  if (head.lost_share > MOST_LOST) {
    const lost = (PERCENT * head.lost_share).toFixed(1);
    throw new NotCertifiable(`${lost} % of the audits that were drawn were lost or not judged, and at most 1 % may be`);
  }
  if (binding !== null && canonicalJson(binding) !== canonicalJson(head.binding)) {
    throw new NotCertifiable(
      "router, policy, models or prices of the route changed since it was observed: observe it anew",
    );
  }
  const uniform = rows.filter((row) => row.uniform);
  const evidence = linesOf([head, ...rows]);
  refuseDrifted(route, observation, deps);
  const { test, confidence } = spend(observation, isOver, digestOfLines(linesOf(rows)), terms, deps);
  const { loss, maxQualityLoss, scope } = terms;
  const findings = certify(sampleOf(head, uniform), {
    thresholds: head.thresholds,
    loss,
    maxQualityLoss,
    confidence,
    scope,
    test: null,
  });
  if (findings.every(({ threshold }) => threshold === null)) return { certificate: null, findings, test, confidence };
  const certificate = makeCertificate({
    binding: versioned(head.binding, deps.models),
    loss,
    maxQualityLoss,
    confidence: terms.confidence,
    scope,
    thresholds: head.thresholds,
    findings,
    judgedBy: head.judged_by,
    goldLabels: uniform.filter(({ gold }) => gold !== undefined).length,
    excludedShare: head.excluded_share,
    dataDigest: digestOfLines(evidence),
    window: head.window,
    issuedAtMs: nowMs,
    lifetimeDays: terms.days,
  });
  store.putCertificate(certificate, observation.observationId, await promisify(gzip)(evidence));
  return { certificate, findings, test, confidence };
}

/** A model that changed while it was observed was two models. Prices are in the binding. */
function refuseDrifted(route: string, { startedAtMs }: Observation, { models }: IssueDeps): void {
  const drifted = models
    .alarms(route, MOST_ALARMS)
    .find(({ model, signal, atMs }) => model !== null && signal !== "price" && atMs >= startedAtMs);
  if (drifted === undefined) return;
  const at = new Date(drifted.atMs).toISOString();
  throw new NotCertifiable(`${drifted.model} changed while it was observed (${at}: ${drifted.because}): observe anew`);
}

function versioned(binding: Binding, { versions }: IssueDeps["models"]): Binding {
  const versionOf = (model: string) => versions(model).find(({ kind }) => kind === "model")?.name ?? null;
  return { ...binding, models: binding.models.map((one) => ({ ...one, version: versionOf(one.model) })) };
}

/** The observation in progress where it has ended audits, else the newest that is over. */
async function newestAudited(route: string, audits: IssueDeps["audits"]): Promise<Observation> {
  for (const observation of await audits.list(route, 20)) {
    const counts = await audits.countAudits(observation.observationId);
    if (counts.some(({ state, audits: n }) => state === "done" && n > 0)) return observation;
  }
  throw new NotCertifiable(
    `route "${route}" has no observation with audits: set its \`observation\`, and wait for traffic`,
  );
}

/** It was ended, or its days are over: nothing more is drawn. */
function hasEnded({ endedAtMs, startedAtMs, days }: Observation, nowMs: number): boolean {
  return endedAtMs !== null || (days !== null && nowMs >= startedAtMs + days * DAY_MS);
}

/** The sample is fixed before it is read: audits under way would make it depend on how fast they are. */
async function refuseUnfinished({ observationId }: Observation, audits: IssueDeps["audits"]): Promise<void> {
  const counts = await audits.countAudits(observationId);
  const open = counts.reduce(
    (sum, { state, audits: n }) => sum + (state === "queued" || state === "running" ? n : 0),
    0,
  );
  if (open > 0) throw new NotCertifiable(`${open} audits are not over yet`);
}

/** Tests before the end have a half, a quarter and so on of delta, and the one at the end has what they left. */
function spend(
  { observationId }: Observation,
  isOver: boolean,
  dataDigest: string,
  { days: _, ...terms }: CertificateTerms,
  { store, nowMs }: IssueDeps,
): { test: number; confidence: number } {
  const moment = isOver ? "end" : "early";
  const earlier = store.noteTest(observationId, `${moment} ${digestOf({ ...terms, dataDigest })}`, nowMs);
  if (earlier.some((tested) => tested.startsWith("end"))) {
    throw new NotCertifiable(
      "this observation was tested under other terms already: choose them once, or observe anew",
    );
  }
  const test = earlier.length + 1;
  const halvings = isOver ? earlier.length : test;
  return { test, confidence: 1 - (1 - terms.confidence) / 2 ** halvings };
}

/** Before its end: requests older than the oldest audit under way, so that quick audits do not speak for slow ones. */
function beforeOpen(data: ObservedData): ObservedData {
  let untilMs = Number.POSITIVE_INFINITY;
  for (const { state, atMs } of data.audits) {
    if (state === "queued" || state === "running") untilMs = Math.min(untilMs, atMs);
  }
  const isBefore = ({ atMs }: { readonly atMs: number }) => atMs < untilMs;
  return { ...data, rows: data.rows.filter(isBefore), audits: data.audits.filter(isBefore) };
}

/** As a file that `weir certify` reads. */
function linesOf(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function digestOfLines(lines: string): string {
  return createHash("sha256").update(lines).digest("hex");
}
