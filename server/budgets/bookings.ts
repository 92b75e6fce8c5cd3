import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isAbandoned, parseWriterName, type Writer, writerName } from "../log/segment-name.ts";
import type { Booking, Movement } from "./budget-store.ts";

/**
 * Write-ahead file of what requests spent: it is with the operating system before the request is over, so that a process
 * that is killed before it booked it loses nothing. Whoever finds the file books the rest.
 */
export interface Bookings {
  /** Number of the last booking that was appended. */
  readonly last: number;
  /** Never throws; a booking that the disk does not take is in memory only. */
  append(requestId: string, movements: readonly Movement[]): void;
  /** The storage has all up to this one. */
  taken(upTo: number): void;
  /** Everything is booked. */
  close(): void;
}

export interface BookingsOptions {
  /** null: nothing outlives the process, as with a database in memory. */
  readonly folder: string | null;
  readonly writer: Writer;
  readonly onError: (error: unknown) => void;
}

/** Beside the database; null where that ends with the process. */
export function bookingsFolder(storageUrl: string): string | null {
  if (!storageUrl.startsWith("sqlite:")) return "data/bookings";
  const path = storageUrl.slice("sqlite:".length);
  return path === ":memory:" ? null : `${path}.bookings`;
}

const SUFFIX = ".bookings";
/** A file is emptied once it is so large and all of it is booked. */
const LARGE_BYTES = 256 * 1024;

export function openBookings({ folder, writer, onError }: BookingsOptions): Bookings {
  let fd: number | null = null;
  let bytes = 0;
  let last = 0;

  function open(at: string): number {
    mkdirSync(at, { recursive: true });
    return openSync(join(at, writerName(writer) + SUFFIX), "a", 0o600);
  }

  return {
    get last() {
      return last;
    },
    append(requestId, movements) {
      last++;
      if (folder === null) return;
      try {
        fd ??= open(folder);
        bytes += writeSync(fd, lineOf(last, requestId, movements));
      } catch (error) {
        onError(error);
      }
    },
    taken(upTo) {
      if (fd === null || upTo < last || bytes < LARGE_BYTES) return;
      try {
        ftruncateSync(fd, 0);
        bytes = 0;
      } catch (error) {
        onError(error);
      }
    },
    close() {
      if (fd === null || folder === null) return;
      closeSync(fd);
      fd = null;
      rmSync(join(folder, writerName(writer) + SUFFIX), { force: true });
    },
  };
}

/** What a process left that ended without closing. */
export interface LeftBookings {
  readonly holderId: string;
  readonly bookings: readonly Booking[];
  remove(): void;
}

/**
 * Files of processes that are gone.
 *
 * @param isHeld whether a process of which nothing else is known still holds its lease
 */
export function leftBookings(
  folder: string | null,
  self: Writer,
  isHeld: (holderId: string) => boolean,
): readonly LeftBookings[] {
  return filesIn(folder).flatMap((file) => {
    const holderId = file.slice(0, -SUFFIX.length);
    const writer = parseWriterName(holderId);
    if (writer === null || holderId === writerName(self)) return [];
    // A process id may be used again, by this very process; then, as of another host, only the lease tells.
    const isSeen = writer.host === self.host && writer.pid !== self.pid;
    const isGone = isSeen ? isAbandoned(writer, self, 0) : !isHeld(holderId);
    if (!isGone) return [];
    const path = join(folder!, file);
    return [{ holderId, bookings: readBookings(path), remove: () => rmSync(path, { force: true }) }];
  });
}

function filesIn(folder: string | null): readonly string[] {
  if (folder === null) return [];
  try {
    return readdirSync(folder).filter((file) => file.endsWith(SUFFIX));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

const Whole = z.number().int().nonnegative();
const Line = z.tuple([Whole, z.string(), z.array(z.tuple([z.string(), z.string(), z.number().int(), Whole]))]);

/** Put together by hand, in a third of the time of an array of arrays. */
function lineOf(number: number, requestId: string, movements: readonly Movement[]): string {
  let parts = "";
  for (const { budgetId, subject, bucketMs, spent } of movements) {
    if (parts !== "") parts += ",";
    parts += `[${JSON.stringify(budgetId)},${JSON.stringify(subject)},${bucketMs},${spent}]`;
  }
  return `[${number},${JSON.stringify(requestId)},[${parts}]]\n`;
}

/** A line that is torn or damaged is left out: its request had not ended, or the disk lost it. */
function readBookings(path: string): Booking[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      const parsed = Line.safeParse(parsedJson(line));
      if (!parsed.success) return [];
      const [number, requestId, parts] = parsed.data;
      const spent = parts.map(([budgetId, subject, bucketMs, amount]) => ({
        budgetId,
        subject,
        bucketMs,
        spent: amount,
      }));
      return [{ number, requestId, spent }];
    });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
