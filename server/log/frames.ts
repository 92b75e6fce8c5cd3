import zlib from "node:zlib";
import { ENTRY_BEGINS } from "./entry-text.ts";

/** What a segment of the journal begins with. */
export const SEGMENT_MAGIC = Buffer.from("WEIRLOG1", "latin1");

const HEADER_BYTES = 8;
/** A longer frame is damage: nothing that is logged comes near it. */
export const LARGEST_FRAME_BYTES = 16 * 1024 * 1024;

/** Length, checksum, text. */
export function encodeFrame(text: string): Buffer {
  const length = Buffer.byteLength(text, "utf8");
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
  frame.write(text, HEADER_BYTES, "utf8");
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(crc32(frame, HEADER_BYTES, HEADER_BYTES + length), 4);
  return frame;
}

export interface DecodedFrames {
  readonly texts: readonly string[];
  /** Bytes that whole frames (and damage between them) take; what follows is the beginning of a frame. */
  readonly used: number;
  /** Stretches that are no frames, between frames that are. */
  readonly damaged: number;
}

/**
 * Whole frames of a stretch of a segment. Damage is stepped over to the next frame whose checksum holds; without one
 * everything from the damage on is left unread, as a frame that is not yet complete would be.
 */
export function decodeFrames(bytes: Buffer): DecodedFrames {
  const texts: string[] = [];
  let damaged = 0;
  let used = 0;
  while (used < bytes.length) {
    const end = frameEnd(bytes, used);
    if (end !== null) {
      texts.push(bytes.toString("utf8", used + HEADER_BYTES, end));
      used = end;
      continue;
    }
    const next = nextFrame(bytes, used + 1);
    if (next === null) break;
    damaged++;
    used = next;
  }
  return { texts, used, damaged };
}

function frameEnd(bytes: Buffer, start: number): number | null {
  if (start + HEADER_BYTES > bytes.length) return null;
  const length = bytes.readUInt32LE(start);
  const end = start + HEADER_BYTES + length;
  if (length === 0 || length > LARGEST_FRAME_BYTES || end > bytes.length) return null;
  return crc32(bytes, start + HEADER_BYTES, end) === bytes.readUInt32LE(start + 4) ? end : null;
}

/** Only a place before what every text begins with is worth a checksum. */
function nextFrame(bytes: Buffer, from: number): number | null {
  let begin = bytes.indexOf(ENTRY_BEGINS, from + HEADER_BYTES);
  while (begin !== -1) {
    if (frameEnd(bytes, begin - HEADER_BYTES) !== null) return begin - HEADER_BYTES;
    begin = bytes.indexOf(ENTRY_BEGINS, begin + 1);
  }
  return null;
}

/** node:zlib has it from 20.15 on. */
const nativeCrc32: ((bytes: Uint8Array) => number) | undefined = zlib.crc32;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (IEEE 802.3) of `bytes[start, end)`. */
function crc32(bytes: Uint8Array, start: number, end: number): number {
  return nativeCrc32?.(bytes.subarray(start, end)) ?? slowCrc32(bytes, start, end);
}

export function slowCrc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0xffffffff;
  for (let i = start; i < end; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 255]!;
  return (crc ^ 0xffffffff) >>> 0;
}
