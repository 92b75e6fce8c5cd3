import type { AuditSample } from "../certify/certify.ts";
import type { Audit, ObservedData, ObservedRequest } from "./audit-store.ts";

/** An audit of the uniform part that has ended and was not lost. */
interface UniformAudit {
  readonly row: ObservedRequest;
  readonly audit: Audit;
}

/** Audits on which certificates rest, in the order in which they were drawn. */
export function uniformAudits({ rows, audits }: Pick<ObservedData, "rows" | "audits">): UniformAudit[] {
  const byRequest = new Map(audits.map((audit) => [audit.requestId, audit]));
  return rows
    .filter(({ isUniform }) => isUniform)
    .sort((a, b) => a.atMs - b.atMs || (a.requestId < b.requestId ? -1 : 1))
    .flatMap((row) => {
      const audit = byRequest.get(row.requestId);
      return audit !== undefined && (audit.state === "done" || audit.state === "unjudged") ? [{ row, audit }] : [];
    });
}

/** As `certify` takes them. What nobody could judge counts as the worst that could be: the incumbent good, the other not. */
export function certifySample(audits: readonly UniformAudit[]): AuditSample {
  const qualityOf = ({ audit }: UniformAudit) =>
    audit.state === "unjudged"
      ? { incumbent: 1, routed: 0 }
      : { incumbent: audit.incumbentQuality ?? 1, routed: audit.routedQuality ?? 0 };
  return {
    score: Float64Array.from(audits, ({ row }) => row.score),
    incumbentQuality: Float64Array.from(audits, (one) => qualityOf(one).incumbent),
    routedQuality: Float64Array.from(audits, (one) => qualityOf(one).routed),
    stratum: audits.map(({ row }) => row.stratum),
    session: audits.map(({ row }) => row.session ?? row.requestId),
  };
}
