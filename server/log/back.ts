import { setTimeout as sleep } from "node:timers/promises";
import { createDrain, type Drain, type DrainState, type Recovered } from "./drain.ts";
import type { LogEntry } from "./entry.ts";
import {
  type EntryPage,
  type EntryQuery,
  type Horizon,
  type LogStore,
  openLogStore,
  type UsageAnswer,
  type UsageQuery,
} from "./log-store.ts";
import type { Writer } from "./segment-name.ts";

/** The side of the log that speaks to the database: in a thread of its own, or here. */
export interface LogBack {
  grown(file: string, bytes: number, isComplete: boolean): void;
  usage(query: UsageQuery): Promise<UsageAnswer>;
  page(query: EntryQuery): Promise<EntryPage>;
  find(id: string): Promise<LogEntry | null>;
  /** Once everything that ended processes left is in the database, however long it takes. */
  has(id: string): Promise<boolean>;
  prune(horizon: Horizon, limit: number): Promise<number>;
  /** Waits a while for what was told of; false when the database is behind or fails. */
  settle(limitMs: number): Promise<boolean>;
  readonly state: DrainState;
  close(): Promise<void>;
}

export interface BackOptions {
  readonly url: string;
  readonly folder: string;
  readonly writer: Writer;
  /** Most that one transaction takes; small where requests wait for it. */
  readonly chunkBytes?: number;
  /** How long records wait for others to go into the database with them; questions wait for none. */
  readonly gatherMs?: number;
}

export interface BackEvents {
  taken(bytes: number): void;
  failed(error: unknown): void;
  recovered(recovered: Recovered): void;
}

/** Answers wait so long for what was logged just before, */
const FRESH_MS = 250;
/** and so long for what a killed process left. */
const ADOPTION_MS = 2_000;
const ADOPT_EVERY_MS = 30_000;

export function createBack({ url, folder, writer, chunkBytes, gatherMs }: BackOptions, events: BackEvents): LogBack {
  const store = reopening(() => openLogStore(url));
  const drain: Drain = createDrain({
    folder,
    writer,
    store,
    onTaken: events.taken,
    onError: events.failed,
    onRecovered: events.recovered,
    clock: Date.now,
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
    ...(gatherMs === undefined ? {} : { gatherMs }),
  });
  function adopt(): Promise<void> {
    return drain.adopt().catch(events.failed);
  }
  let adopting = adopt();
  const timer = setInterval(() => {
    adopting = adopting.then(adopt);
  }, ADOPT_EVERY_MS);
  timer.unref();

  async function adoptAll(): Promise<void> {
    const adopted = adopting.then(drain.adopt);
    adopting = adopted.catch(events.failed);
    await adopted;
  }

  async function fresh<Result>(ask: () => Promise<Result>): Promise<Result> {
    await Promise.race([adopting, delay(ADOPTION_MS)]);
    await drain.settle(FRESH_MS);
    return ask();
  }

  return {
    grown: drain.grown,
    usage: (query) => fresh(() => store.usage(query)),
    page: (query) => fresh(() => store.page(query)),
    find: (id) => fresh(() => store.find(id)),
    async has(id) {
      await adoptAll();
      return (await store.find(id)) !== null;
    },
    prune: (horizon, limit) => store.prune(horizon, limit),
    settle: drain.settle,
    get state() {
      return drain.state;
    },
    async close() {
      clearInterval(timer);
      await adopting;
      await drain.close();
      await store.close();
    },
  };
}

/** Opened at first use, and again when that failed: a database that is down at start is no reason not to serve. */
function reopening(open: () => Promise<LogStore>): LogStore {
  let opened: Promise<LogStore> | null = null;
  function store(): Promise<LogStore> {
    opened ??= open().catch((error) => {
      opened = null;
      throw error;
    });
    return opened;
  }
  return {
    write: async (entries) => (await store()).write(entries),
    sync: async () => (await store()).sync(),
    usage: async (query) => (await store()).usage(query),
    page: async (query) => (await store()).page(query),
    find: async (id) => (await store()).find(id),
    prune: async (horizon, limit) => (await store()).prune(horizon, limit),
    async close() {
      const was = await opened?.catch(() => null);
      await was?.close();
    },
  };
}

function delay(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}
