/** An answer as it is stored: sealed, so that the storage cannot be read as text. */
export interface StoredAnswer {
  /** 32 bytes. */
  readonly id: Buffer;
  /** Whose it is, opaque. */
  readonly partition: string;
  readonly route: string | null;
  readonly storedAtMs: number;
  readonly expiresAtMs: number;
  readonly sealed: Buffer;
}

export interface CacheFilter {
  readonly partition?: string | undefined;
  readonly route?: string | undefined;
}

/** Where answers lie below memory. Every method may throw: a broken store is a miss. */
export interface CacheStore {
  read(id: Buffer, nowMs: number): Promise<StoredAnswer | null>;
  /** All or nothing; an answer that is there already is replaced. */
  write(answers: readonly StoredAnswer[], nowMs: number): Promise<void>;
  /** Notes that these were used, so that others are removed first. */
  touch(ids: readonly Buffer[], nowMs: number): Promise<void>;
  remove(ids: readonly Buffer[]): Promise<void>;
  /** @returns how many went */
  clear(filter: CacheFilter): Promise<number>;
  /** Removes what has expired, and of the rest the least recently used until it is no more than `maxBytes`; a bounded number at a time. */
  trim(nowMs: number, maxBytes: number, limit: number): Promise<{ readonly entries: number; readonly bytes: number }>;
  /** What was learnt of one neighbourhood; null for nothing. */
  readEvidence(cell: string): Promise<string | null>;
  /** Keeps at most `limit` cells, the most recent. */
  writeEvidence(cell: string, body: string, nowMs: number, limit: number): Promise<void>;
}
