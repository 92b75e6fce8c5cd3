export interface WriteQueueOptions<Item> {
  /** Writes a batch all or nothing; throws when it could not. */
  readonly write: (batch: readonly Item[]) => void;
  readonly capacity: number;
  readonly batchSize: number;
  readonly delayMs: number;
  readonly onError: (error: unknown) => void;
}

export interface WriteQueue<Item> {
  /** false: full, the item was dropped. */
  push(item: Item): boolean;
  /** Writes everything now; throws when it cannot. */
  flush(): void;
  /** Flushes and stops; what cannot be written is counted as dropped. */
  close(): void;
  readonly queued: number;
  readonly dropped: number;
  readonly written: number;
  readonly failures: number;
}

const LONGEST_RETRY_MS = 5_000;

/**
 * Bounded queue in front of a slow writer. A batch is written `delayMs` after its first item came, in slices so that
 * the event loop gets its turn. A failed write keeps its items and is tried again, ever more slowly.
 */
export function createWriteQueue<Item>(options: WriteQueueOptions<Item>): WriteQueue<Item> {
  const { write, capacity, batchSize, delayMs, onError } = options;
  let items: Item[] = [];
  let timer: NodeJS.Timeout | null = null;
  let dropped = 0;
  let written = 0;
  let failures = 0;
  let failuresInRow = 0;
  let isClosed = false;

  function schedule(waitMs: number): void {
    if (timer === null && !isClosed) timer = setTimeout(writeSlice, waitMs);
  }

  function writeSlice(): void {
    timer = null;
    try {
      writeOne();
    } catch (error) {
      failures++;
      failuresInRow++;
      onError(error);
      schedule(Math.min(delayMs * 2 ** failuresInRow, LONGEST_RETRY_MS));
      return;
    }
    if (items.length > 0) schedule(0);
  }

  function writeOne(): void {
    if (items.length === 0) return;
    const batch = items.length <= batchSize ? items : items.slice(0, batchSize);
    write(batch);
    items = batch === items ? [] : items.slice(batch.length);
    written += batch.length;
    failuresInRow = 0;
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    try {
      while (items.length > 0) writeOne();
    } finally {
      if (items.length > 0) schedule(delayMs);
    }
  }

  return {
    push(item) {
      if (isClosed || items.length >= capacity) {
        dropped++;
        return false;
      }
      items.push(item);
      schedule(delayMs);
      return true;
    },
    flush,
    close() {
      if (isClosed) return;
      isClosed = true;
      try {
        flush();
      } catch (error) {
        dropped += items.length;
        items = [];
        onError(error);
      }
    },
    get queued() {
      return items.length;
    },
    get dropped() {
      return dropped;
    },
    get written() {
      return written;
    },
    get failures() {
      return failures;
    },
  };
}
