import type { Certificate } from "../observation/certificate.ts";
import { thresholdFor } from "../observation/certificate.ts";
import { LOSSES } from "../observation/certify/losses.ts";
import { STAYS } from "../observation/leave-score.ts";
import type { LedgerEntry, LedgerStore } from "../savings/store/ledger-store.ts";
import type { LedgerWriter } from "../savings/store/ledger-writer.ts";
import type { ActivationStore, FinishedAudit } from "./activation-store.ts";

export interface CountAuditsDeps {
  readonly store: Pick<ActivationStore, "uncounted" | "markCounted">;
  readonly ledger: Pick<LedgerWriter, "take" | "flush">;
  readonly requestOf: LedgerStore["requestOf"];
  /** Whether the route has a ledger. */
  readonly isBilled: boolean;
  readonly certificate: Certificate | null;
  /** Audits of requests before it say nothing of how routing goes. */
  readonly sinceMs: number;
  readonly onLoss: (stratum: string, loss: number) => void;
  readonly clock: () => number;
}

/** What finished audits cost goes into the ledger with what they found, and losses of the uniform part into the monitors; each once. */
export function countAudits(route: string, limit: number, deps: CountAuditsDeps): void {
  const finished = deps.store.uncounted(route, limit);
  if (finished.length === 0) return;
  if (deps.isBilled) {
    deps.ledger.flush();
    deps.ledger.take(finished.flatMap((one) => entriesOf(route, one, deps)));
    deps.ledger.flush();
  }
  deps.store.markCounted(finished.map(({ audit }) => audit.requestId));
  for (const one of finished) {
    const loss = lossOf(one, deps);
    if (loss !== null) deps.onLoss(...loss);
  }
}

function entriesOf(route: string, { audit, row }: FinishedAudit, { requestOf, clock }: CountAuditsDeps): LedgerEntry[] {
  const atMs = clock();
  const id = audit.requestId;
  const entries: LedgerEntry[] = [];
  const spend = (source: "audit" | "judge", cost: number) => {
    if (cost === 0) return;
    const key = `${source} ${id}`;
    entries.push({ route, atMs, key, fact: { kind: "overhead", source, id: key, cost_nano_usd: cost } });
  };
  spend("audit", audit.replayNanoUsd);
  spend("judge", audit.judgeNanoUsd);
  const lot = requestOf(route, id);
  const { incumbentQuality, routedQuality, judgedBy } = audit;
  if (
    audit.state !== "done" ||
    lot === null ||
    lot.arm === "holdout" ||
    incumbentQuality === null ||
    routedQuality === null
  ) {
    return entries;
  }
  entries.push({
    route,
    atMs,
    key: id,
    fact: {
      kind: "quality",
      session: lot.session,
      arm: lot.arm,
      // A treated request that the incumbent answered lost nothing.
      score: audit.served === "chosen" ? routedQuality - incumbentQuality : 0,
      paired: true,
      inclusion: row.inclusion,
      judge: judgedBy ?? "unknown",
    },
  });
  return entries;
}

function lossOf(
  { audit, row }: FinishedAudit,
  { certificate, sinceMs }: CountAuditsDeps,
): readonly [string, number] | null {
  const { incumbentQuality, routedQuality } = audit;
  if (audit.state !== "done" || !row.isUniform || audit.atMs < sinceMs) return null;
  if (incumbentQuality === null || routedQuality === null) return null;
  const loss = LOSSES[certificate?.loss.name ?? "harm"];
  const threshold = certificate === null ? Number.NEGATIVE_INFINITY : thresholdFor(certificate, row.stratum);
  const isRouted = threshold !== null && row.score !== STAYS && row.score >= threshold;
  const stratum = certificate?.scope === "strata" ? row.stratum : "";
  return [stratum, isRouted ? loss.ofRouted(incumbentQuality, routedQuality) : loss.stays];
}
