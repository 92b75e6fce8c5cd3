import { createWriteQueue } from "../write-queue.ts";
import type { CacheFilter, CacheStore } from "./cache-store.ts";
import { type CachedAnswer, openAnswer, sealAnswer } from "./cached-answer.ts";

/** What a question needs to find and open its answer. */
export interface DiskKey {
  readonly id: string;
  readonly sealingKey: Buffer;
}

export interface DiskState {
  readonly entries: number;
  readonly bytes: number;
  /** Answers that were damaged, and are gone. */
  readonly corrupt: number;
  /** Reads and writes that failed. */
  readonly failures: number;
  /** Answers not written because too many waited. */
  readonly dropped: number;
}

/** Answers below memory. Whatever goes wrong here is a miss. */
export interface DiskTier {
  find(key: DiskKey, nowMs: number): Promise<CachedAnswer | null>;
  keep(key: DiskKey, answer: CachedAnswer): void;
  remove(id: string): void;
  clear(filter: CacheFilter): Promise<number>;
  /** Removes what has expired and what is too much. */
  tend(): Promise<void>;
  /** Writes what waits. */
  flush(): Promise<void>;
  readonly state: DiskState;
  close(): Promise<void>;
}

export interface DiskTierDeps {
  readonly store: CacheStore;
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void };
}

export interface DiskTierOptions {
  readonly maxBytes: () => number;
}

/** Longer than this a read is not waited for. */
const PATIENCE_MS = 50;
/** So many faults in a row, or slow reads, and the store is left alone for a while. */
const MOST_FAULTS = 5;
const REST_MS = 10_000;
const QUEUE_CAPACITY = 2_000;
const WRITE_DELAY_MS = 50;
const WRITTEN_AT_ONCE = 16;
const TRIMMED_AT_ONCE = 500;
const TOLD_EVERY_MS = 60_000;

type Change =
  | { readonly kind: "keep"; readonly key: DiskKey; readonly answer: CachedAnswer }
  | { readonly kind: "use" | "remove"; readonly id: string };

export function createDiskTier({ store, clock, log }: DiskTierDeps, { maxBytes }: DiskTierOptions): DiskTier {
  let [entries, bytes, corrupt, failures] = [0, 0, 0, 0];
  let faultsInRow = 0;
  let restsUntilMs = 0;
  let toldMs = Number.NEGATIVE_INFINITY;

  function failed(error: unknown): void {
    failures++;
    faultsInRow++;
    const nowMs = clock();
    if (faultsInRow >= MOST_FAULTS) restsUntilMs = nowMs + REST_MS;
    if (nowMs - toldMs < TOLD_EVERY_MS) return;
    toldMs = nowMs;
    log.warn({ err: error }, "the cache's storage fails or is slow; requests are answered without it");
  }

  const isOff = () => maxBytes() <= 0 || clock() < restsUntilMs;

  /** What is not written yet, by answer: it holds already. */
  const waiting = new Map<string, Change>();
  let writing: Promise<void> = Promise.resolve();
  const queue = createWriteQueue<Change>({
    write(changes) {
      // One after the other, so that the last change of an answer holds.
      writing = writing
        .then(() => writeAll(changes))
        .then(
          () => done(changes),
          (error) => {
            failed(error);
            // What could not be removed must not come back while this process runs.
            done(changes.filter(({ kind }) => kind !== "remove"));
          },
        );
    },
    capacity: QUEUE_CAPACITY,
    batchSize: WRITTEN_AT_ONCE,
    delayMs: WRITE_DELAY_MS,
    onError: failed,
  });

  function done(changes: readonly Change[]): void {
    for (const one of changes) if (waiting.get(idOf(one)) === one) waiting.delete(idOf(one));
    if (waiting.size > 2 * QUEUE_CAPACITY) waiting.clear();
  }

  function change(one: Change): void {
    const id = idOf(one);
    // A use says nothing that an answer on its way does not say.
    if (one.kind === "use" && waiting.has(id)) return;
    if (queue.push(one)) waiting.set(id, one);
  }

  async function writeAll(changes: readonly Change[]): Promise<void> {
    const nowMs = clock();
    // Of one answer the last change holds.
    const last = new Map(changes.map((one) => [idOf(one), one]));
    const kept = [...last.values()].flatMap((one) => (one.kind === "keep" ? [storedOf(one)] : []));
    const idsOf = (kind: "use" | "remove") =>
      [...last.values()].flatMap((one) => (one.kind === kind ? [Buffer.from(one.id, "hex")] : []));
    const [used, removed] = [idsOf("use"), idsOf("remove")];
    if (kept.length > 0) await store.write(kept, nowMs);
    if (used.length > 0) await store.touch(used, nowMs);
    if (removed.length > 0) await store.remove(removed);
    // Near enough until it is tended, which counts anew.
    entries += kept.length;
    bytes += kept.reduce((sum, { sealed }) => sum + sealed.length, 0);
    if (bytes > maxBytes()) await tend();
  }

  async function tend(): Promise<void> {
    if (isOff()) return;
    ({ entries, bytes } = await store.trim(clock(), maxBytes(), TRIMMED_AT_ONCE));
  }

  return {
    async find({ id, sealingKey }, nowMs) {
      const late = waiting.get(id);
      if (late?.kind === "keep") return late.answer.expiresAtMs > nowMs ? late.answer : null;
      if (late?.kind === "remove" || isOff()) return null;
      const raw = Buffer.from(id, "hex");
      let stored: Awaited<ReturnType<CacheStore["read"]>>;
      try {
        const began = performance.now();
        stored = await inTime(store.read(raw, nowMs));
        if (performance.now() - began > PATIENCE_MS) failed(new Error("the cache's storage is slow"));
        else faultsInRow = 0;
      } catch (error) {
        failed(error);
        return null;
      }
      if (stored === null) return null;
      try {
        const answer = openAnswer(stored.sealed, sealingKey);
        change({ kind: "use", id });
        return answer;
      } catch {
        corrupt++;
        change({ kind: "remove", id });
        return null;
      }
    },
    keep(key, answer) {
      if (!isOff()) change({ kind: "keep", key, answer });
    },
    remove: (id) => change({ kind: "remove", id }),
    async clear(filter) {
      queue.flush();
      await writing;
      return store.clear(filter);
    },
    tend: () => tend().catch(failed),
    flush() {
      queue.flush();
      return writing;
    },
    get state() {
      return { entries, bytes, corrupt, failures, dropped: queue.dropped };
    },
    close() {
      queue.close();
      return writing;
    },
  };
}

function idOf(change: Change): string {
  return change.kind === "keep" ? change.key.id : change.id;
}

function storedOf({ key, answer }: Extract<Change, { kind: "keep" }>) {
  return {
    id: Buffer.from(key.id, "hex"),
    partition: answer.partition,
    route: answer.route,
    storedAtMs: answer.storedAtMs,
    expiresAtMs: answer.expiresAtMs,
    sealed: sealAnswer(answer, key.sealingKey),
  };
}

/** @throws when it takes too long */
async function inTime<Value>(promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the cache's storage did not answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
