import { hostname } from "node:os";

/** Who writes a segment: tells a restarted process that it finds what its predecessor left. */
export interface Writer {
  readonly host: string;
  readonly pid: number;
  /** Different for every start. */
  readonly start: string;
}

export interface SegmentName extends Writer {
  readonly number: number;
}

const WRITER = /^([A-Za-z0-9_.-]+)~(\d+)~([a-z0-9]+)$/;
const NAME = /^(.+)~(\d+)\.wal$/;

export function thisWriter(startMs: number): Writer {
  return { host: hostname().replace(/[^A-Za-z0-9_.-]/g, "_") || "host", pid: process.pid, start: startName(startMs) };
}

let starts = 0;

function startName(startMs: number): string {
  return `${Math.floor(startMs).toString(36)}${process.hrtime.bigint().toString(36).slice(-6)}${(starts++).toString(36)}`;
}

export function writerName({ host, pid, start }: Writer): string {
  return `${host}~${pid}~${start}`;
}

/** null: not one that `writerName` made. */
export function parseWriterName(name: string): Writer | null {
  const [, host, pid, start] = WRITER.exec(name) ?? [];
  return host === undefined ? null : { host, pid: Number(pid), start: start! };
}

export function segmentFile(writer: Writer, number: number): string {
  return `${writerName(writer)}~${String(number).padStart(8, "0")}.wal`;
}

/** null: not a segment. */
export function parseSegmentFile(file: string): SegmentName | null {
  const [, name = "", number] = NAME.exec(file) ?? [];
  const writer = parseWriterName(name);
  return writer === null ? null : { ...writer, number: Number(number) };
}

/** A writer touches its segment this often, so that others can tell a quiet one from a dead one. */
export const HEARTBEAT_MS = 10_000;
const SILENT_MS = 60_000;

/**
 * Whether nobody writes a segment any more. On this host the process answers for itself; of another host (a volume
 * that several share) the time since its last sign of life decides.
 */
export function isAbandoned(name: Writer, self: Writer, silentForMs: number): boolean {
  if (name.host === self.host && name.pid === self.pid && name.start === self.start) return false;
  if (name.host === self.host && (name.pid === self.pid || !isAlive(name.pid))) return true;
  return silentForMs > SILENT_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
