import type { Settings } from "../settings.ts";
import type { Storage } from "../storage.ts";
import { type AnswerCache, createAnswerCache } from "./answer-cache.ts";
import { createDiskTier } from "./disk-tier.ts";

export interface OpenCacheDeps {
  readonly storage: Pick<Storage, "cache">;
  /** The settings in effect; they change on reload. */
  readonly settings: () => Pick<Settings, "cache">;
  readonly clock: () => number;
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

/** The cache of one process: memory above the storage that all of them share. */
export function openAnswerCache({ storage, settings, clock, log }: OpenCacheDeps): OpenedCache {
  const disk = createDiskTier({ store: storage.cache, clock, log }, { maxBytes: () => settings().cache.diskMb * MIB });
  const { memoryMb, maxEntryKb } = settings().cache;
  const cache = createAnswerCache(
    { disk, clock, near: null },
    { memoryBytes: memoryMb * MIB, maxEntryBytes: maxEntryKb * KIB },
  );
  const tending = setInterval(() => void disk.tend(), TEND_EVERY_MS);
  tending.unref();
  return {
    cache,
    async close() {
      clearInterval(tending);
      await disk.close();
    },
  };
}
