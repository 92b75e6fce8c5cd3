import { clusterShift } from "../observation/drift/input-shift.ts";
import type { ActivationStore, StoredCertificate } from "./activation-store.ts";

export interface WatchInputOptions {
  readonly store: Pick<ActivationStore, "strata">;
  readonly route: string;
  readonly certificate: StoredCertificate;
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
/** Fewer requests of a day say nothing of their mix. */
const LEAST_REQUESTS = 200;
/** Population stability index of another population. */
const MOST_SHIFT = 0.25;
/** At one look; the index alone is large by chance where clusters are many. */
const LEAST_P = 1e-6;

/** Why the requests of the last day are not like those that the certificate was made from, in words; null: they are. */
export function inputAlarm({ store, route, certificate, nowMs }: WatchInputOptions): string | null {
  const before = store.strata({ observationId: certificate.observationId });
  const after = store.strata({ route, sinceMs: nowMs - DAY_MS });
  if (total(before) < LEAST_REQUESTS || total(after) < LEAST_REQUESTS) return null;
  const { index, pValue, largest } = clusterShift(before, after);
  if (index < MOST_SHIFT || pValue > LEAST_P || largest === null) return null;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const most = `${largest.cluster} was ${percent(largest.before)} of the requests and is ${percent(largest.after)}`;
  return `the mix of tasks is another one (stability index ${index.toFixed(2)}): ${most}`;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
