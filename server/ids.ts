import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const POOL_BYTES = 4_096;
const SALT_BYTES = 32;

/** Makes ids that sort by time and cannot be guessed. */
export type NewId = () => string;

export interface IdSources {
  readonly clock: () => number;
  /** Fills with random bytes; node:crypto's by default. */
  readonly fill?: (bytes: Uint8Array) => void;
}

/**
 * `<prefix>_` + 9 characters of time, 3 of a counter within the millisecond, 8 random (40 bits), in Crockford's base32.
 * Rising within a process even when its clock is set back.
 */
export function createIds(prefix: string, { clock, fill = randomFillSync }: IdSources): NewId {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let lastMs = 0;
  let lastTime = "";
  let counter = 0;

  return () => {
    const nowMs = clock();
    if (nowMs > lastMs) {
      lastMs = nowMs;
      lastTime = `${prefix}_${base32(nowMs, 9)}`;
      counter = 0;
    } else if (++counter === 32_768) {
      lastMs++;
      lastTime = `${prefix}_${base32(lastMs, 9)}`;
      counter = 0;
    }
    if (used + 8 > POOL_BYTES) {
      fill(pool);
      used = 0;
    }
    let random = "";
    for (let i = 0; i < 8; i++) random += ALPHABET[pool[used++]! & 31];
    return lastTime + base32(counter, 3) + random;
  };
}

/** When an id of ours was made, in epoch milliseconds; null for any other text. */
export function timeOfId(prefix: string, id: string): number | null {
  const digits = id.slice(prefix.length + 1);
  if (!id.startsWith(`${prefix}_`) || !/^[0-9abcdefghjkmnpqrstvwxyz]{20}$/.test(digits)) return null;
  return [...digits.slice(0, 9)].reduce((ms, digit) => ms * 32 + ALPHABET.indexOf(digit), 0);
}

/** Makes salts of 256 bits, as hexadecimal digits. */
export function createSalts(fill: (bytes: Uint8Array) => void): () => string {
  return () => {
    const bytes = Buffer.alloc(SALT_BYTES);
    fill(bytes);
    return bytes.toString("hex");
  };
}

function base32(value: number, length: number): string {
  let text = "";
  let rest = value;
  for (let i = 0; i < length; i++) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
