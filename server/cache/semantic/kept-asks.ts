import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { createWriteQueue } from "../../write-queue.ts";
import type { CacheStore } from "../cache-store.ts";

/** An ask whose answer is stored, as it outlives the process. */
const KeptAsk = z.strictObject({
  id: z.string(),
  /** Opens its answer; base64. */
  sealingKey: z.string(),
  ask: z.string(),
  day: z.number(),
  expiresAtMs: z.number(),
});
export type KeptAsk = z.infer<typeof KeptAsk>;

/** Whose they are, as the storage knows it. */
export interface AskOwner {
  readonly partition: string;
  readonly route: string | null;
}

/** Asks below memory: one record a bucket, sealed with a key that only requests of that bucket yield. */
export interface KeptAsks {
  /** What was kept of a bucket; nothing when it was asked for before. What is damaged is dropped and told. */
  restore(bucket: string): Promise<readonly KeptAsk[]>;
  keep(bucket: string, owner: AskOwner, ask: KeptAsk): void;
  drop(bucket: string, id: string): void;
  clear(filter: { readonly partition?: string | undefined; readonly route?: string | undefined }): void;
  /** Whose a restored bucket is. */
  ownerOf(bucket: string): AskOwner | null;
  close(): Promise<void>;
}

export interface KeptAsksDeps {
  readonly store: Pick<CacheStore, "read" | "write" | "remove">;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

/** What came first goes first. */
const MOST_ASKS = 500;
const MOST_BUCKETS = 1_000;
const WRITE_DELAY_MS = 200;
const QUEUE = { capacity: 1_000, batchSize: 16, delayMs: WRITE_DELAY_MS };
const CIPHER = "aes-256-gcm";
const [NONCE_BYTES, TAG_BYTES] = [12, 16];

interface Bucket {
  owner: AskOwner | null;
  asks: Map<string, KeptAsk>;
}

export function createKeptAsks({ store, clock, onError }: KeptAsksDeps): KeptAsks {
  const buckets = new LRUCache<string, Bucket>({ max: MOST_BUCKETS });
  const restoring = new Map<string, Promise<readonly KeptAsk[]>>();
  const due = new Set<string>();
  let writing: Promise<void> = Promise.resolve();
  const queue = createWriteQueue<string>({
    ...QUEUE,
    write(names) {
      for (const name of names) due.delete(name);
      // One after the other, so that the last state of a bucket holds.
      writing = writing.then(() => writeAll(names)).catch(onError);
    },
    onError,
  });

  async function writeAll(names: readonly string[]): Promise<void> {
    const nowMs = clock();
    const records = names.flatMap((name) => {
      const { owner = null, asks = NO_ASKS } = buckets.get(name) ?? {};
      if (owner === null || asks.size === 0) return [];
      const { id, key } = namesOf(name);
      const expiresAtMs = Math.max(...[...asks.values()].map((one) => one.expiresAtMs));
      return [{ id, ...owner, storedAtMs: nowMs, expiresAtMs, sealed: seal([...asks.values()], key) }];
    });
    if (records.length > 0) await store.write(records, nowMs);
    const empty = names.filter((name) => buckets.get(name)?.asks.size === 0).map((name) => namesOf(name).id);
    if (empty.length > 0) await store.remove(empty);
  }

  function change(name: string): void {
    if (due.has(name)) return;
    if (queue.push(name)) due.add(name);
  }

  async function read(name: string): Promise<readonly KeptAsk[]> {
    const nowMs = clock();
    const { id, key } = namesOf(name);
    const stored = await store.read(id, nowMs);
    const own: Bucket = buckets.get(name) ?? { owner: null, asks: new Map() };
    buckets.set(name, own);
    if (stored === null) return [];
    own.owner ??= { partition: stored.partition, route: stored.route };
    try {
      const kept = open(stored.sealed, key).filter(({ expiresAtMs }) => expiresAtMs > nowMs);
      own.asks = new Map([...kept.map((one) => [one.id, one] as const), ...own.asks]);
      return kept;
    } catch (error) {
      onError(error);
      await store.remove([id]);
      return [];
    }
  }

  return {
    async restore(name) {
      if (buckets.has(name) && !restoring.has(name)) return [];
      const begun = restoring.get(name);
      if (begun !== undefined) {
        await begun;
        return [];
      }
      const reading = read(name);
      restoring.set(name, reading);
      try {
        return await reading;
      } finally {
        restoring.delete(name);
      }
    },
    keep(name, owner, ask) {
      const own: Bucket = buckets.get(name) ?? { owner, asks: new Map() };
      own.owner = owner;
      own.asks.delete(ask.id);
      own.asks.set(ask.id, ask);
      const [oldest] = own.asks.keys();
      if (own.asks.size > MOST_ASKS && oldest !== undefined) own.asks.delete(oldest);
      buckets.set(name, own);
      change(name);
    },
    drop(name, id) {
      if (buckets.get(name)?.asks.delete(id) === true) change(name);
    },
    clear({ partition, route }) {
      // The storage forgets its records by itself.
      for (const [name, { owner }] of [...buckets.entries()])
        if (
          (partition === undefined || owner?.partition === partition) &&
          (route === undefined || owner?.route === route)
        )
          buckets.delete(name);
    },
    ownerOf: (name) => buckets.get(name)?.owner ?? null,
    close() {
      queue.close();
      return writing;
    },
  };
}

const NO_ASKS: ReadonlyMap<string, KeptAsk> = new Map();

function namesOf(bucket: string): { readonly id: Buffer; readonly key: Buffer } {
  const digest = createHash("sha512").update(`asks of ${bucket}`).digest();
  return { id: digest.subarray(0, 32), key: digest.subarray(32) };
}

function seal(asks: readonly KeptAsk[], key: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = [cipher.update(JSON.stringify(asks)), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]);
}

/** @throws for bytes that are damaged */
function open(sealed: Buffer, key: Buffer): KeptAsk[] {
  const from = NONCE_BYTES + TAG_BYTES;
  const opener = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES));
  opener.setAuthTag(sealed.subarray(NONCE_BYTES, from));
  const plain = Buffer.concat([opener.update(sealed.subarray(from)), opener.final()]);
  return z.array(KeptAsk).parse(JSON.parse(plain.toString("utf8")));
}
