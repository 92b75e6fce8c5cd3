import type { Certificate } from "../observation/certificate.ts";
import type { Audit, ObservedRequest } from "../observation/observe/audit-store.ts";

export interface StoredCertificate {
  readonly certificate: Certificate;
  readonly observationId: string;
  /** Raised since it was issued, in words; they are never taken back. */
  readonly alarms: readonly string[];
}

export interface StoredActivation {
  readonly version: number;
  /** JSON of the ramp's state; null before there was one. */
  readonly state: string | null;
  readonly killed: { readonly atMs: number; readonly because: string } | null;
}

/** From when on which share of sessions is held back, and the salt that draws them. */
export interface Period {
  /** From 1. */
  readonly period: number;
  readonly salt: string;
  readonly holdout: number;
  readonly startedAtMs: number;
}

export interface FinishedAudit {
  readonly audit: Audit;
  readonly row: ObservedRequest;
}

/** What activation must not forget. Everything is there at once: a row or a few of an embedded database. */
export interface ActivationStore {
  /** Newest first. */
  certificates(route: string, limit: number): readonly StoredCertificate[];
  putCertificate(certificate: Certificate, observationId: string, evidence: Uint8Array): void;
  /** What a certificate was tested on, as it was given; null: it is of a time before such was kept, or unknown. */
  evidence(digest: string): Uint8Array | null;
  /** Adds an alarm to the certificate, once. */
  putAlarm(digest: string, alarm: string): void;
  /** Notes a test of an observation's outcomes under these terms, once; returns the terms of those before it. */
  noteTest(observationId: string, terms: string, atMs: number): readonly string[];
  read(route: string): StoredActivation;
  /** false: somebody else has written since `version` was read. */
  putState(route: string, version: number, state: string): boolean;
  putKill(route: string, kill: StoredActivation["killed"]): void;
  period(route: string): Period | null;
  /** The next period, unless another process began one since; returns the one that holds. */
  beginPeriod(route: string, period: Period): Period;
  /** Observed requests by task cluster: of a whole observation, or of a route's current one since a moment. */
  strata(
    of: { readonly observationId: string } | { readonly route: string; readonly sinceMs: number },
  ): Readonly<Record<string, number>>;
  /** Audits that are over and were not counted, oldest first. */
  uncounted(route: string, limit: number): readonly FinishedAudit[];
  markCounted(requestIds: readonly string[]): void;
}
