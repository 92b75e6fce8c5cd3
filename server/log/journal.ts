import { closeSync, fdatasync, ftruncateSync, mkdirSync, openSync, utimesSync, writeSync } from "node:fs";
import { join } from "node:path";
import { encodeFrame, SEGMENT_MAGIC } from "./frames.ts";
import { HEARTBEAT_MS, segmentFile, type Writer } from "./segment-name.ts";

export interface JournalOptions {
  readonly folder: string;
  readonly writer: Writer;
  /** Bytes that may wait for the database; beyond them new records are dropped and counted. */
  readonly maxBytes: number;
  readonly segmentBytes?: number;
  /** Longest time between a record and its being on the disk. */
  readonly syncMs?: number;
  /** Tells how far a segment has grown, and when it is complete. */
  readonly onGrown: (file: string, bytes: number, isComplete: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/** Write-ahead file of the log: a record is with the operating system when `append` returns, and on the disk soon after. */
export interface Journal {
  /** false: neither written nor held; the record is lost and counted. */
  append(text: string): boolean;
  /** The database has taken so many bytes of records. */
  taken(bytes: number): void;
  /** Tells of growth and syncs at once. */
  flush(): void;
  /** Whether a record of now would be durable. */
  readonly isWritable: boolean;
  readonly waitingBytes: number;
  readonly appended: number;
  readonly dropped: number;
  readonly failures: number;
  close(): void;
}

const SEGMENT_BYTES = 8 * 1024 * 1024;
const SYNC_MS = 50;
const RETRY_MS = 500;
/** Records held in memory while the disk takes none. */
const MOST_HELD = 5_000;

interface Segment {
  readonly file: string;
  readonly path: string;
  readonly fd: number;
  bytes: number;
}

export function createJournal(options: JournalOptions): Journal {
  const { folder, writer, maxBytes, segmentBytes = SEGMENT_BYTES, syncMs = SYNC_MS, onGrown, onError } = options;
  let segment: Segment | null = null;
  let number = 0;
  let held: Buffer[] = [];
  let syncTimer: NodeJS.Timeout | null = null;
  let retryTimer: NodeJS.Timeout | null = null;
  let isSyncing = false;
  let isClosed = false;
  let waitingBytes = 0;
  let appended = 0;
  let dropped = 0;
  let failures = 0;
  const heartbeat = setInterval(beat, HEARTBEAT_MS);
  heartbeat.unref();

  function openSegment(): Segment {
    mkdirSync(folder, { recursive: true });
    const file = segmentFile(writer, number++);
    const path = join(folder, file);
    const fd = openSync(path, "ax", 0o600);
    try {
      writeWhole(fd, SEGMENT_MAGIC);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return { file, path, fd, bytes: SEGMENT_MAGIC.length };
  }

  function complete(done: Segment): void {
    segment = null;
    // The descriptor is closed once its last bytes are on the disk.
    fdatasync(done.fd, () => closeSync(done.fd));
    onGrown(done.file, done.bytes, true);
  }

  /** @throws what the file system says; the segment then ends where it ended before */
  function write(frame: Buffer): void {
    if (segment !== null && segment.bytes >= segmentBytes) complete(segment);
    segment ??= openSegment();
    try {
      writeWhole(segment.fd, frame);
    } catch (error) {
      repair(segment);
      throw error;
    }
    segment.bytes += frame.length;
    appended++;
    if (syncTimer === null) syncTimer = setTimeout(sync, syncMs);
  }

  function repair(broken: Segment): void {
    try {
      ftruncateSync(broken.fd, broken.bytes);
    } catch {
      // Half a frame at the end of a segment is stepped over by its reader; the next record opens a new one.
      complete(broken);
    }
  }

  function sync(): void {
    syncTimer = null;
    const current = segment;
    if (current === null) return;
    onGrown(current.file, current.bytes, false);
    if (isSyncing) {
      syncTimer = setTimeout(sync, syncMs);
      return;
    }
    isSyncing = true;
    fdatasync(current.fd, (error) => {
      isSyncing = false;
      // EBADF: the segment was completed meanwhile, and synced by that.
      if (error !== null && error.code !== "EBADF") {
        failures++;
        onError(error);
      }
    });
  }

  function retry(): void {
    retryTimer = null;
    if (isClosed) return;
    try {
      while (held.length > 0) {
        write(held[0]!);
        held.shift();
      }
    } catch (error) {
      failures++;
      onError(error);
      retryTimer = setTimeout(retry, RETRY_MS);
    }
  }

  /** A segment that somebody removed under us would swallow records: the next one goes to a new file. */
  function beat(): void {
    if (segment === null) return;
    try {
      const now = new Date();
      utimesSync(segment.path, now, now);
    } catch {
      closeSync(segment.fd);
      segment = null;
    }
  }

  return {
    append(text) {
      const frame = encodeFrame(text);
      if (isClosed || waitingBytes + frame.length > maxBytes || held.length >= MOST_HELD) {
        dropped++;
        return false;
      }
      waitingBytes += frame.length;
      if (held.length > 0) {
        held.push(frame);
        return true;
      }
      try {
        write(frame);
      } catch (error) {
        failures++;
        onError(error);
        held.push(frame);
        retryTimer ??= setTimeout(retry, RETRY_MS);
      }
      return true;
    },
    taken(bytes) {
      waitingBytes = Math.max(0, waitingBytes - bytes);
    },
    flush() {
      if (syncTimer === null) return;
      clearTimeout(syncTimer);
      sync();
    },
    get isWritable() {
      return !isClosed && held.length === 0 && waitingBytes < maxBytes;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    get appended() {
      return appended;
    },
    get dropped() {
      return dropped;
    },
    get failures() {
      return failures;
    },
    close() {
      if (isClosed) return;
      if (held.length > 0) retry();
      isClosed = true;
      clearInterval(heartbeat);
      if (retryTimer !== null) clearTimeout(retryTimer);
      if (syncTimer !== null) clearTimeout(syncTimer);
      dropped += held.length;
      held = [];
      if (segment !== null) complete(segment);
    },
  };
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
