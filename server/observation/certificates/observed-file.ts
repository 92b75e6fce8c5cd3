import { Binding } from "../certificate.ts";
import type { AuditRow, ObservationHead } from "../observation-file.ts";
import type { Audit, Observation, ObservedData, ObservedRequest } from "../observe/audit-store.ts";

/** What keeps an observation from being tested, in words. */
export class NotCertifiable extends Error {}

export interface ObservedFile {
  readonly head: ObservationHead;
  readonly rows: readonly AuditRow[];
}

export interface ObservedFileOptions {
  /** Chance of a label by people, given an audit; 0: none are asked. */
  readonly goldShare: number;
  readonly nowMs: number;
}

/**
 * An observation as the file that `weir certify` reads.
 *
 * @throws NotCertifiable when it has no thresholds yet
 */
export function observedFile(
  observation: Observation,
  { rows, audits, counts }: ObservedData,
  { goldShare, nowMs }: ObservedFileOptions,
): ObservedFile {
  if (observation.thresholds === null || observation.thresholds.length === 0) {
    throw new NotCertifiable(
      "fewer than 200 of the observed requests would leave the incumbent so far: thresholds are fixed once that many are seen",
    );
  }
  const byId = new Map(audits.map((audit) => [audit.requestId, audit]));
  const audited = rows.flatMap((row) => {
    const audit = byId.get(row.requestId);
    return audit === undefined ? [] : auditRow(row, audit);
  });
  const requests = counts.reduce((sum, count) => sum + count.requests, 0);
  const excluded = counts.reduce((sum, { reason, requests: of }) => sum + (reason === "" ? 0 : of), 0);
  const over = audits.filter(({ state }) => state !== "queued" && state !== "running");
  const without = over.filter(({ state }) => state !== "done").length;
  const judges = [...new Set(audits.flatMap(({ judgedBy }) => (judgedBy === null ? [] : [judgedBy])))];
  const named = judges.filter((judge) => judge !== "same_model").sort();
  return {
    head: {
      kind: "observation",
      schema: 1,
      binding: Binding.parse(JSON.parse(observation.binding)),
      thresholds: [...observation.thresholds],
      window: {
        from: new Date(observation.startedAtMs).toISOString(),
        to: new Date(observation.endedAtMs ?? nowMs).toISOString(),
      },
      excluded_share: requests === 0 ? 0 : excluded / requests,
      // An answer that nobody could judge is as lost as one that never came.
      lost_share: over.length === 0 ? 0 : without / over.length,
      judged_by: named.length === 0 ? "exact" : named.join(", "),
      ...(goldShare > 0 ? { gold_inclusion: goldShare } : {}),
    },
    rows: audited,
  };
}

function auditRow(row: ObservedRequest, audit: Audit): AuditRow[] {
  const { incumbentQuality, routedQuality, goldIncumbent, goldRouted } = audit;
  if (audit.state !== "done" || incumbentQuality === null || routedQuality === null) return [];
  return [
    {
      kind: "audit",
      request: row.requestId,
      ...(row.session === null ? {} : { session: row.session }),
      stratum: row.stratum,
      score: row.score,
      uniform: row.isUniform,
      inclusion: row.inclusion,
      incumbent_quality: incumbentQuality,
      routed_quality: routedQuality,
      ...(goldIncumbent === null || goldRouted === null
        ? {}
        : { gold: { incumbent_quality: goldIncumbent, routed_quality: goldRouted } }),
    },
  ];
}
