import type { LogEntry } from "../log/entry.ts";
import { EVERY_ENTRY, type LogStore } from "../log/log-store.ts";
import type { Audit, ObservedData } from "../observation/observe/audit-store.ts";
import { observedColumns } from "../observation/observe/observed-columns.ts";
import type { Feedback, Storage } from "../storage.ts";

/** An audit that has found something, and the chance with which the request came to be audited. */
export interface AuditOfRequest {
  readonly audit: Audit | null;
  /** 0: it could not have been. */
  readonly inclusion: number;
}

/** A request that the route decided, with all that was said of its answer. */
export interface MaterialRow {
  readonly entry: LogEntry;
  /** null: it was not observed. */
  readonly observed: AuditOfRequest | null;
  /** Word that counts most first. */
  readonly feedback: readonly Feedback[];
}

export interface Material {
  /** Oldest first. */
  readonly rows: readonly MaterialRow[];
  /** Requests of the log by why they are not among the rows. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface MaterialSources {
  readonly log: Pick<LogStore, "page">;
  readonly storage: Pick<Storage, "audits" | "feedbackOf">;
}

export interface MaterialQuery {
  readonly route: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The newest so many requests are read; a bounded part of the log, however long it is. */
const MOST_REQUESTS = 20_000;
const PAGE = 500;
const MOST_OBSERVATIONS = 20;
/** Requests of an observation that are looked through for its audits. */
const MOST_OBSERVED = 200_000;
const TRUST = { test: 0, judge: 1, user: 2 } as const;

/** Log records, audits and feedback of one route, joined by request. */
export async function readMaterial(query: MaterialQuery, { log, storage }: MaterialSources): Promise<Material> {
  const observed = await readAudits(query, storage);
  const leftOut: Record<string, number> = {};
  const rows: MaterialRow[] = [];
  for (let cursor: string | null = null; rows.length < MOST_REQUESTS; ) {
    const page = await log.page({
      ...EVERY_ENTRY,
      fromMs: query.fromMs,
      toMs: query.toMs,
      equal: { route: [query.route] },
      sort: "time",
      cursor,
      limit: PAGE,
      withContent: true,
    });
    for (const entry of page.entries) {
      const reason = unusable(entry);
      if (reason !== null) leftOut[reason] = (leftOut[reason] ?? 0) + 1;
      else {
        rows.push({ entry, observed: observed.get(entry.id) ?? null, feedback: await feedbackOn(entry, storage) });
      }
    }
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return { rows: rows.reverse(), leftOut };
}

function unusable(entry: LogEntry): string | null {
  if (entry.arm === "audit") return "replays of audits";
  if (entry.decision === null) return "no decision";
  if (entry.model === null || entry.error !== null) return "no model answered";
  return entry.cache === "hit" || entry.cache === "semantic" ? "answered from a cache" : null;
}

async function feedbackOn(entry: LogEntry, storage: Pick<Storage, "feedbackOf">): Promise<Feedback[]> {
  const ids = entry.decision === null ? [entry.id] : [entry.id, entry.decision.id];
  const said = (await Promise.all(ids.map((id) => storage.feedbackOf(id)))).flat();
  return said.sort((a, b) => TRUST[a.source] - TRUST[b.source]);
}

async function readAudits(
  { route, fromMs, toMs }: MaterialQuery,
  { audits }: Pick<Storage, "audits">,
): Promise<ReadonlyMap<string, AuditOfRequest>> {
  const found = new Map<string, AuditOfRequest>();
  for (const { observationId, endedAtMs } of await audits.list(route, MOST_OBSERVATIONS)) {
    // One that began later than now began before the clock was set back.
    if ((endedAtMs ?? toMs) < fromMs) continue;
    const toDay = Number.MAX_SAFE_INTEGER;
    join(await audits.read(observationId, { toDay, mostRows: MOST_OBSERVED }), found);
  }
  return found;
}

function join(data: ObservedData, found: Map<string, AuditOfRequest>): void {
  const byId = new Map(data.audits.map((audit) => [audit.requestId, audit]));
  // Of a share of sessions where there are very many; the others count as not observed.
  const { rows, traffic } = observedColumns(data, 0);
  const { inclusion, isAudited } = traffic.difference;
  rows.forEach(({ requestId }, i) => {
    const audit = isAudited[i] === 1 ? (byId.get(requestId) ?? null) : null;
    found.set(requestId, { audit, inclusion: inclusion[i]! });
  });
}
