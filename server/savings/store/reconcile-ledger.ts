import type { Candidate } from "../../../engine/schema/candidate.ts";
import type { Period } from "../../activation/activation-store.ts";
import type { AttemptRecord } from "../../gateway/attempts.ts";
import { billedAttempts } from "../../gateway/billed-attempts.ts";
import type { LogEntry } from "../../log/entry.ts";
import { EVERY_ENTRY } from "../../log/log-store.ts";
import type { RequestLog } from "../../log/request-log.ts";
import { isHoldout } from "../../observation/audit-design.ts";
import type { LedgerArm, LedgerRow } from "../ledger-row.ts";
import { entriesOfBilled } from "./ledger-facts.ts";
import type { LedgerEntry, LedgerStore } from "./ledger-store.ts";

export interface ReconcileDeps {
  readonly ledger: Pick<LedgerStore, "routes" | "head" | "lines" | "requestOf" | "append">;
  readonly requestLog: Pick<RequestLog, "has" | "page">;
  readonly periodOf: (route: string) => Period | null;
  readonly candidates: () => readonly Candidate[];
  readonly nowMs: number;
  readonly log: { warn(fields: object, message: string): void };
}

/** Rows wait in memory no longer than this before they are in the ledger, even while it is locked. */
const LOOK_BACK_MS = 600_000;
const PAGE = 500;
const NOBODY = "reconciliation";

/**
 * Writes down what a process that was killed had served and not yet put into the ledger, from the log of requests, which is with
 * the operating system before the answer ends. Rows say why they come late. A row that is there already is left as it is.
 *
 * @returns requests that were added
 */
export async function reconcileLedger(deps: ReconcileDeps): Promise<number> {
  const { ledger, requestLog, log } = deps;
  const routes = ledger.routes();
  // Until all that ended processes left is in the log.
  if (routes.length > 0) await requestLog.has(NOBODY);
  let added = 0;
  for (const route of routes) {
    const found = await missingOf(route, deps);
    if (found.length === 0) continue;
    const atMs = found.map(({ entry }) => entry.atMs);
    const entries = found.flatMap(({ entry, session, arm }) =>
      entriesOf(route, entry, session, arm, deps.candidates()),
    );
    ledger.append(entries);
    added += found.length;
    const [from, to] = [Math.min(...atMs), Math.max(...atMs)].map((ms) => new Date(ms).toISOString());
    log.warn({ route, requests: found.length, from, to }, "the ledger lacked requests of a process that was killed");
  }
  return added;
}

interface Missing {
  readonly entry: LogEntry;
  readonly session: string;
  readonly arm: LedgerArm;
}

async function missingOf(route: string, deps: ReconcileDeps): Promise<Missing[]> {
  const { ledger, requestLog, periodOf, nowMs } = deps;
  const head = ledger.head(route);
  const period = periodOf(route);
  if (head === null || period === null) return [];
  const [line] = ledger.lines(route, { fromSeq: head.seq, limit: 1 });
  const last = JSON.parse(line!) as LedgerRow; // only the ledger writes them
  // What a period before it had drawn has shown its salt, and ended.
  const fromMs = Math.max(period.startedAtMs, Math.min(Date.parse(last.at), nowMs) - LOOK_BACK_MS);
  const missing: Missing[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await requestLog.page({
      // A clock that was set back hides nothing, so it has no end; what this process serves meanwhile stands under the same keys.
      ...EVERY_ENTRY,
      fromMs,
      equal: { route: [route] },
      sort: "time",
      cursor,
      limit: PAGE,
      withContent: false,
    });
    for (const entry of page.entries) {
      const drawn = drawnOf(entry, period);
      if (drawn !== null && ledger.requestOf(route, entry.id) === null) missing.push({ entry, ...drawn });
    }
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return missing.reverse();
}

/** The session as the ledger names it; null where no arm was drawn, or another one than the log says. */
function drawnOf(
  { arm, session, keyId, id }: LogEntry,
  { period, salt, holdout }: Period,
): Pick<Missing, "session" | "arm"> | null {
  if (arm !== "treatment" && arm !== "holdout") return null;
  const name = session === null ? id : keyId === null ? session : `${keyId}/${session}`;
  const drawn = period === 1 ? name : `${name}@${period}`;
  return isHoldout(salt, drawn, holdout) === (arm === "holdout") ? { session: drawn, arm } : null;
}

function entriesOf(
  route: string,
  entry: LogEntry,
  session: string,
  arm: LedgerArm,
  candidates: readonly Candidate[],
): LedgerEntry[] {
  const { id: requestId, atMs, attempts, model, usage, decision, plan } = entry;
  const candidate = candidates.find(({ candidateId }) => candidateId === model) ?? null;
  const billed = billedAttempts({
    plan: { candidates, inputTokens: decision?.inputTokens ?? usage?.inputUncached ?? null },
    attempts: attempts as readonly AttemptRecord[], // it wrote them
    candidate,
    usage: usage === null ? null : { ...usage, estimated: usage.isEstimated },
    others: [],
  });
  const others = plan?.otherCallsNanoUsd ?? 0;
  const facts = { route, atMs, requestId, arm, session };
  const rows = entriesOfBilled(facts, billed).map((row) => ({ ...row, fact: late(row.fact, entry, others) }));
  if (rows.length === 0) return [];
  const expected = Math.max(0, Math.round(decision?.candidates[decision.incumbent]?.[3] ?? 0));
  const begun: LedgerEntry = {
    route,
    atMs,
    key: session,
    fact: { kind: "session", session, arm, expected_nano_usd: expected, reason: REASON },
  };
  const unserved: LedgerEntry[] =
    others === 0
      ? []
      : [
          {
            route,
            atMs,
            key: `plan ${requestId}`,
            fact: { kind: "overhead", source: "router", id: `plan ${requestId}`, cost_nano_usd: others },
          },
        ];
  return [begun, ...rows, ...unserved];
}

const REASON = "recovered_from_log";

/** The log has fewer classes of tokens: a row that does not give what the request cost says that nobody knows. */
function late(fact: LedgerEntry["fact"], { costNanoUsd, attempts }: LogEntry, others: number): LedgerEntry["fact"] {
  if (fact.kind === "unpriced") return { ...fact, reason: REASON };
  if (fact.kind !== "request") return fact;
  const isOnly = attempts.every(({ outcome }) => outcome === "ok");
  if (!isOnly || costNanoUsd === null || fact.cost_nano_usd + others === costNanoUsd)
    return { ...fact, reason: REASON };
  const { id, session, arm, model } = fact;
  return { kind: "unpriced", id, session, arm, model, reason: REASON };
}
