import { setTimeout as sleep } from "node:timers/promises";
import type Database from "better-sqlite3";
import { ApiError } from "../../errors.ts";

export interface Patience {
  readonly mostMs: number;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** An index of ten million requests takes a minute or two. */
const PATIENT: Patience = { mostMs: 900_000, clock: Date.now, sleep: (ms) => sleep(ms) };
const TRY_MS = 250;
const PAUSE_MS = 250;

/**
 * Takes a step that a migration of another process may hold up for minutes, without holding up this one meanwhile.
 *
 * @throws ApiError `not_ready` when it takes too long
 */
export async function patiently<Result>(
  database: Database.Database,
  step: () => Result,
  { mostMs, clock, sleep }: Patience = PATIENT,
): Promise<Result> {
  const untilMs = clock() + mostMs;
  const usual = database.pragma("busy_timeout", { simple: true }) as number;
  database.pragma(`busy_timeout = ${TRY_MS}`);
  try {
    for (;;) {
      try {
        return step();
      } catch (cause) {
        if (!isBusy(cause)) throw cause;
        if (clock() >= untilMs) {
          const message = `another process has held ${database.name} for ${Math.round(mostMs / 60_000)} minutes: it may be bringing it to its newest form`;
          throw new ApiError("not_ready", message, { cause });
        }
      }
      await sleep(PAUSE_MS);
    }
  } finally {
    database.pragma(`busy_timeout = ${usual}`);
  }
}

function isBusy(error: unknown): boolean {
  return (error as { code?: string }).code?.startsWith("SQLITE_BUSY") === true;
}
