import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ApiError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import { type BackEvents, createBack, type LogBack } from "./back.ts";
import type { DrainState } from "./drain.ts";
import type { LogEntry } from "./entry.ts";
import { entryText } from "./entry-text.ts";
import { createJournal } from "./journal.ts";
import type { EntryPage, EntryQuery, Horizon, UsageAnswer, UsageQuery } from "./log-store.ts";
import { thisWriter } from "./segment-name.ts";
import { createThreadBack } from "./thread-back.ts";

/** Numbers for metrics and health. */
export interface LogState extends DrainState {
  readonly appended: number;
  /** Records lost because neither disk nor memory could hold them. */
  readonly dropped: number;
  readonly journalFailures: number;
  /** Bytes of records that the database has not taken yet. */
  readonly waitingBytes: number;
  readonly isWritable: boolean;
}

/** The log of requests: what is appended survives the process, and reaches the database when that can take it. */
export interface RequestLog {
  append(entry: LogEntry): void;
  /** @throws ApiError `not_ready` when records are mandatory and one of now could not be kept */
  checkWritable(): void;
  usage(query: UsageQuery): Promise<UsageAnswer>;
  page(query: EntryQuery): Promise<EntryPage>;
  find(id: string): Promise<LogEntry | null>;
  /** Whether a request that an ended process had settled is logged; waits until all that such processes left is read. */
  has(id: string): Promise<boolean>;
  /** Waits for what was appended to be in the database; false when it fails or is too slow. */
  flush(limitMs: number): Promise<boolean>;
  readonly state: LogState;
  /** How long requests are kept. */
  readonly retentionDays: number;
  close(): Promise<void>;
}

export interface RequestLogDeps {
  readonly settings: () => Pick<Settings, "log" | "storage">;
  readonly clock: () => number;
  readonly log: {
    warn(fields: object, message: string): void;
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Whether the database gets a thread of its own. */
  readonly isThreaded: boolean;
}

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;
const PRUNE_EVERY_MS = 60_000;
const PRUNED_AT_ONCE = 2_000;
/** Steps of one pruning round, so that old rows go faster than new ones come. */
const PRUNE_STEPS = 50;
const TOLD_EVERY_MS = 10_000;
/** Some 90 records: 5 ms of the thread that serves requests. */
const CHUNK_HERE_BYTES = 64 * 1024;
/** They are in the journal and on the disk meanwhile. */
const GATHER_MS = 500;

export function createRequestLog({ settings, clock, log, isThreaded }: RequestLogDeps): RequestLog {
  const place = placeOf(settings());
  const writer = thisWriter(clock());
  let lastToldMs = Number.NEGATIVE_INFINITY;
  function failed(error: unknown): void {
    const nowMs = performance.now();
    if (nowMs - lastToldMs < TOLD_EVERY_MS) return;
    lastToldMs = nowMs;
    log.error({ err: error }, "requests could not be logged for now");
  }
  const events: BackEvents = {
    taken: (bytes) => journal.taken(bytes),
    failed,
    recovered: (recovered) => log.info({ ...recovered }, "records of a process that ended early are in the log"),
  };
  const options = { url: place.url, folder: place.folder, writer };
  const back: LogBack = isThreaded
    ? createThreadBack({ ...options, gatherMs: GATHER_MS }, events)
    : createBack({ ...options, chunkBytes: CHUNK_HERE_BYTES }, events);
  const journal = createJournal({
    folder: place.folder,
    writer,
    maxBytes: settings().log.maxJournalMb * MIB,
    onGrown: back.grown,
    onError: failed,
  });

  async function prune(): Promise<void> {
    for (let step = 0; step < PRUNE_STEPS; step++) {
      if ((await back.prune(horizonOf(settings(), clock()), PRUNED_AT_ONCE)) === 0) return;
    }
  }
  const pruning = setInterval(() => {
    prune().catch(failed);
  }, PRUNE_EVERY_MS);
  pruning.unref();

  function ask<Result>(question: () => Promise<Result>): Promise<Result> {
    journal.flush();
    return question();
  }

  return {
    append: (entry) => void journal.append(entryText(entry)),
    checkWritable() {
      if (settings().log.required && !journal.isWritable) {
        throw new ApiError("not_ready", "requests cannot be logged at the moment, and log.required is set");
      }
    },
    usage: (query) => ask(() => back.usage(query)),
    page: (query) => ask(() => back.page(query)),
    find: (id) => ask(() => back.find(id)),
    has: (id) => back.has(id),
    flush: (limitMs) => ask(() => back.settle(limitMs)),
    get retentionDays() {
      return settings().log.retentionDays;
    },
    get state() {
      return {
        ...back.state,
        appended: journal.appended,
        dropped: journal.dropped + back.state.refused,
        journalFailures: journal.failures,
        waitingBytes: journal.waitingBytes,
        isWritable: journal.isWritable,
      };
    },
    async close() {
      clearInterval(pruning);
      journal.close();
      await back.close();
      if (place.isTemporary) rmSync(place.folder, { recursive: true, force: true });
    },
  };
}

function horizonOf({ log }: Pick<Settings, "log">, nowMs: number): Horizon {
  return {
    nowMs,
    detailMs: nowMs - log.retentionDays * DAY_MS,
    minutesMs: nowMs - log.usage.minuteDays * DAY_MS,
    hoursMs: nowMs - log.usage.hourDays * DAY_MS,
    daysMs: nowMs - log.usage.dayDays * DAY_MS,
  };
}

interface Place {
  readonly url: string;
  /** Of the journal. */
  readonly folder: string;
  readonly isTemporary: boolean;
}

/** Beside the main database, unless the configuration says otherwise. */
export function placeOf({ log, storage }: Pick<Settings, "log" | "storage">): Place {
  const url = log.url ?? besides(storage.url);
  if (log.journal !== undefined) return { url, folder: log.journal, isTemporary: false };
  if (url === "sqlite::memory:") {
    return { url, folder: mkdtempSync(join(tmpdir(), "weir-journal-")), isTemporary: true };
  }
  if (url.startsWith("sqlite:")) return { url, folder: `${url.slice("sqlite:".length)}.journal`, isTemporary: false };
  return { url, folder: join(dirname("./data/log"), "log.journal"), isTemporary: false };
}

function besides(url: string): string {
  if (!url.startsWith("sqlite:") || url === "sqlite::memory:") return url;
  return /\.[a-z0-9]+$/i.test(url) ? url.replace(/(\.[a-z0-9]+)$/i, "-log$1") : `${url}-log`;
}
