import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogEntry } from "./entry.ts";
import { entryOfText } from "./entry-text.ts";
import { type DecodedFrames, decodeFrames, LARGEST_FRAME_BYTES, SEGMENT_MAGIC } from "./frames.ts";
import type { LogStore, WriteOutcome } from "./log-store.ts";
import { isAbandoned, parseSegmentFile, type Writer } from "./segment-name.ts";

export interface DrainOptions {
  readonly folder: string;
  readonly writer: Writer;
  readonly store: Pick<LogStore, "write" | "sync">;
  /** Bytes of this process's records that the database has taken. */
  readonly onTaken: (bytes: number) => void;
  readonly onError: (error: unknown) => void;
  readonly onRecovered: (recovered: Recovered) => void;
  readonly clock: () => number;
  /** Most that one transaction takes when the database lags. */
  readonly chunkBytes?: number;
  /** How long records wait for others, because a transaction costs as much as many of them; `settle` waits for none. */
  readonly gatherMs?: number;
}

/** What was found in the segments of a process that ended without closing. */
export interface Recovered {
  readonly segments: number;
  readonly records: number;
  /** Of them already in the database. */
  readonly known: number;
  /** Damaged stretches between whole records. */
  readonly damaged: number;
  /** Segments that ended in half a record: their process was ended while it wrote one. */
  readonly torn: number;
}

export interface DrainState {
  readonly written: number;
  readonly refused: number;
  readonly failures: number;
  readonly damaged: number;
  /** When the database last failed, null while all is well. */
  readonly failingSinceMs: number | null;
}

/** Carries records from the journal's segments to the database, in order, and removes segments that it has emptied. */
export interface Drain {
  grown(file: string, bytes: number, isComplete: boolean): void;
  /** Takes over what ended processes left. */
  adopt(): Promise<void>;
  /** Resolves when all that was told of is written, or the database fails, or the time is up. */
  settle(limitMs: number): Promise<boolean>;
  readonly state: DrainState;
  close(): Promise<void>;
}

/** Some 3,000 records, which nobody waits for in a thread. */
const CHUNK_BYTES = 2 * 1024 * 1024;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const KEPT_DAMAGED = 8;

interface Open {
  readonly file: string;
  /** Bytes that the writer has told of. */
  told: number;
  read: number;
  isComplete: boolean;
}

export function createDrain(options: DrainOptions): Drain {
  const { folder, writer, store, onTaken, onError, onRecovered, clock } = options;
  const { chunkBytes = CHUNK_BYTES, gatherMs = 0 } = options;
  const open = new Map<string, Open>();
  const counts = { written: 0, refused: 0, failures: 0, damaged: 0 };
  let failingSinceMs: number | null = null;
  let failuresInRow = 0;
  let running: Promise<void> | null = null;
  let isClosed = false;
  let wake: (() => void) | null = null;
  let gathering: NodeJS.Timeout | null = null;

  async function write(entries: readonly LogEntry[]): Promise<WriteOutcome> {
    const outcome = await store.write(entries);
    counts.written += outcome.written;
    counts.refused += outcome.refused;
    failingSinceMs = null;
    failuresInRow = 0;
    return outcome;
  }

  async function step(segment: Open): Promise<void> {
    const { texts, used, length, damaged } = readFrames(
      join(folder, segment.file),
      segment.read,
      segment.told,
      chunkBytes,
    );
    if (texts.length > 0) await write(parse(texts));
    // What the writer tells of ends with a whole frame, so a stretch without any is damage.
    const moved = texts.length > 0 ? used : length;
    counts.damaged += texts.length > 0 || length === 0 ? damaged : 1;
    segment.read = length === 0 ? segment.told : segment.read + moved;
    onTaken(moved);
  }

  function parse(texts: readonly string[]): LogEntry[] {
    return texts.flatMap((text) => {
      try {
        return [entryOfText(text)];
      } catch {
        counts.damaged++;
        return [];
      }
    });
  }

  /** A segment goes only once the database has its records on the disk. */
  async function finish(segment: Open): Promise<void> {
    await store.sync();
    open.delete(segment.file);
    rmSync(join(folder, segment.file), { force: true });
  }

  /** The oldest segment with something to do. */
  function next(): Open | null {
    for (const segment of open.values()) if (segment.read < segment.told || segment.isComplete) return segment;
    return null;
  }

  async function run(): Promise<void> {
    for (let segment = next(); segment !== null; segment = next()) {
      try {
        if (segment.read < segment.told) await step(segment);
        else await finish(segment);
        await nextTurn();
      } catch (error) {
        counts.failures++;
        failingSinceMs ??= clock();
        failuresInRow++;
        onError(error);
        if (isClosed) return;
        await pause(Math.min(FIRST_RETRY_MS * 2 ** failuresInRow, LONGEST_RETRY_MS));
        if (isClosed) return;
      }
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Once enough came together, or the first has waited long enough. */
  function startSoon(): void {
    if (gatherMs === 0 || waitingBytes() >= chunkBytes) void start();
    else gathering ??= setTimeout(() => void start(), gatherMs);
  }

  function waitingBytes(): number {
    let bytes = 0;
    for (const { told, read } of open.values()) bytes += told - read;
    return bytes;
  }

  function start(): Promise<void> {
    if (gathering !== null) clearTimeout(gathering);
    gathering = null;
    running ??= run().finally(() => {
      running = null;
      if (!isClosed && next() !== null) void start();
    });
    return running;
  }

  async function adoptOne(file: string): Promise<{ records: number; known: number; damaged: number; torn: number }> {
    const path = join(folder, file);
    const size = statSync(path).size;
    let records = 0;
    let known = 0;
    let damaged = 0;
    let at = SEGMENT_MAGIC.length;
    while (at < size) {
      const stretch = readFrames(path, at, size, chunkBytes);
      damaged += stretch.damaged;
      if (stretch.texts.length === 0) break;
      const outcome = await write(parse(stretch.texts));
      records += stretch.texts.length;
      known += outcome.known;
      at += stretch.used;
    }
    const torn = at < size ? 1 : 0;
    counts.damaged += damaged;
    await store.sync();
    if (damaged > 0) setAside(path);
    else rmSync(path, { force: true });
    return { records, known, damaged, torn };
  }

  /** A damaged segment is kept for who wants to look, but not many of them. */
  function setAside(path: string): void {
    renameSync(path, `${path}.damaged`);
    const kept = readdirSync(folder)
      .filter((file) => file.endsWith(".damaged"))
      .sort();
    for (const file of kept.slice(0, Math.max(0, kept.length - KEPT_DAMAGED))) rmSync(join(folder, file));
  }

  function abandoned(): string[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .filter((file) => {
        const name = parseSegmentFile(file);
        return name !== null && isAbandoned(name, writer, clock() - statSync(join(folder, file)).mtimeMs);
      });
  }

  return {
    grown(file, bytes, isComplete) {
      const known = open.get(file);
      if (known === undefined) open.set(file, { file, told: bytes, read: SEGMENT_MAGIC.length, isComplete });
      else {
        known.told = Math.max(known.told, bytes);
        known.isComplete ||= isComplete;
      }
      if (!isClosed) startSoon();
    },
    async adopt() {
      const files = abandoned();
      if (files.length === 0) return;
      const sum = { segments: files.length, records: 0, known: 0, damaged: 0, torn: 0 };
      for (const file of files) {
        const found = await adoptOne(file);
        sum.records += found.records;
        sum.known += found.known;
        sum.damaged += found.damaged;
        sum.torn += found.torn;
      }
      onRecovered(sum);
    },
    async settle(limitMs) {
      const until = performance.now() + limitMs;
      while (next() !== null && failingSinceMs === null) {
        const leftMs = until - performance.now();
        if (leftMs <= 0) return false;
        await Promise.race([start(), new Promise((resolve) => setTimeout(resolve, leftMs))]);
      }
      return failingSinceMs === null;
    },
    get state() {
      return { ...counts, failingSinceMs };
    },
    async close() {
      isClosed = true;
      if (gathering !== null) clearTimeout(gathering);
      wake?.();
      await running;
      // One more try: what the database does not take now is taken over at the next start.
      await run();
    },
  };
}

/** Frames from one place of a segment on: `chunk` bytes of them, more only where one frame is longer. */
function readFrames(
  path: string,
  from: number,
  to: number,
  chunk: number,
): DecodedFrames & { readonly length: number } {
  const fd = openSync(path, "r");
  try {
    const bytes = readExactly(fd, from, Math.min(to - from, chunk));
    const decoded = decodeFrames(bytes);
    if (decoded.used > 0 || bytes.length < chunk) return { ...decoded, length: bytes.length };
    const longer = readExactly(fd, from, Math.min(to - from, LARGEST_FRAME_BYTES + chunk));
    return { ...decodeFrames(longer), length: longer.length };
  } finally {
    closeSync(fd);
  }
}

function readExactly(fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const count = readSync(fd, bytes, read, length - read, from + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}
