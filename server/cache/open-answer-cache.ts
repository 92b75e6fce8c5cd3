import type { Settings } from "../settings.ts";
import type { Storage } from "../storage.ts";
import { type AnswerCache, createAnswerCache } from "./answer-cache.ts";
import { createDiskTier } from "./disk-tier.ts";
import { createNearAnswers } from "./semantic/near-answers.ts";
import { lazyIndex, openIndex } from "./semantic/open-index.ts";
import { createThreadIndex } from "./semantic/thread-index.ts";

export interface OpenCacheDeps {
  readonly storage: Pick<Storage, "cache">;
  /** The settings in effect; they change on reload. */
  readonly settings: () => Pick<Settings, "cache" | "routes">;
  readonly clock: () => number;
  /** In [0, 1); draws the audits of semantic hits. */
  readonly random: () => number;
  /** Whether semantic caching gets a thread of its own. */
  readonly isThreaded: boolean;
  readonly log: { warn(fields: object, message: string): void };
}

export interface OpenedCache {
  readonly cache: AnswerCache;
  /** Writes what waits. */
  close(): Promise<void>;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const TEND_EVERY_MS = 60_000;
const PATIENCE_MS = 250;
const SHARED_PATIENCE_MS = 10_000;

/** The cache of one process: memory above the storage that all of them share. */
export function openAnswerCache(deps: OpenCacheDeps): OpenedCache {
  const { storage, settings, clock, random, isThreaded, log } = deps;
  const disk = createDiskTier({ store: storage.cache, clock, log }, { maxBytes: () => settings().cache.diskMb * MIB });
  const { memoryMb, maxEntryKb } = settings().cache;
  const index = isThreaded ? createThreadIndex() : lazyIndex(openIndex);
  const near = createNearAnswers({
    index,
    store: storage.cache,
    clock,
    random,
    // Where requests and lookups share a thread, a busy one is late with both.
    patienceMs: isThreaded ? PATIENCE_MS : SHARED_PATIENCE_MS,
    log,
  });
  // Opening the encoder takes longer than a lookup may.
  if (Object.values(settings().routes).some(({ cache: own }) => own?.semantic !== undefined))
    index.similarity("", "").catch((error: unknown) => log.warn({ err: error }, "semantic caching cannot start"));
  const cache = createAnswerCache(
    { disk, clock, near },
    { memoryBytes: memoryMb * MIB, maxEntryBytes: maxEntryKb * KIB },
  );
  const tending = setInterval(() => void disk.tend(), TEND_EVERY_MS);
  tending.unref();
  return {
    cache,
    async close() {
      clearInterval(tending);
      await near.close();
      await disk.close();
    },
  };
}
