import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { ChatResult, FinishReason } from "../chat.ts";
import type { WireFormat } from "../provider.ts";

/** An answer as its provider gave it: in the neutral form, and in bytes for clients that speak the provider's format. */
export interface CachedAnswer {
  /** Request that bought it. */
  readonly requestId: string;
  readonly route: string | null;
  readonly partition: string;
  readonly candidateId: string;
  readonly storedAtMs: number;
  readonly expiresAtMs: number;
  readonly result: ChatResult;
  readonly wire: RecordedBytes | null;
  /** Parameters of the request that its provider did not take. */
  readonly dropped: readonly string[];
  /** What it weighs in memory. */
  readonly size: number;
}

export interface RecordedBytes {
  readonly format: WireFormat;
  readonly isStream: boolean;
  readonly bytes: Buffer;
}

const COMPLETE = new Set<FinishReason>(["stop", "stop_sequence", "tool_calls"]);

/** Whether an answer came to its own end: neither cut, nor refused, nor filtered. */
export function isComplete({ choices }: ChatResult): boolean {
  return choices.length > 0 && choices.every(({ finish, parts }) => COMPLETE.has(finish) && !parts.some(isRefusal));
}

function isRefusal({ kind }: ChatResult["choices"][number]["parts"][number]): boolean {
  return kind === "refusal";
}

const VERSION = 1;
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** An answer as bytes that only the question's own key opens; changed bytes do not open. */
export function sealAnswer(answer: CachedAnswer, key: Buffer): Buffer {
  const { wire, ...rest } = answer;
  const head = Buffer.from(
    JSON.stringify({ ...rest, wire: wire === null ? null : { format: wire.format, isStream: wire.isStream } }),
  );
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const sealed = [cipher.update(length), cipher.update(head), cipher.update(wire?.bytes ?? NOTHING), cipher.final()];
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ...sealed]);
}

const NOTHING = Buffer.alloc(0);

/** @throws for bytes that are damaged, of another version, or sealed by another question */
export function openAnswer(sealed: Buffer, key: Buffer): CachedAnswer {
  if (sealed[0] !== VERSION) throw new Error(`an answer of version ${sealed[0]}`);
  const from = 1 + NONCE_BYTES + TAG_BYTES;
  const opener = createDecipheriv(CIPHER, key, sealed.subarray(1, 1 + NONCE_BYTES));
  opener.setAuthTag(sealed.subarray(1 + NONCE_BYTES, from));
  const plain = Buffer.concat([opener.update(sealed.subarray(from)), opener.final()]);
  const headEnd = 4 + plain.readUInt32LE(0);
  // The seal holds, so it is what `sealAnswer` wrote.
  const { wire, ...rest } = JSON.parse(plain.toString("utf8", 4, headEnd)) as CachedAnswer & {
    readonly wire: Omit<RecordedBytes, "bytes"> | null;
  };
  return { ...rest, wire: wire === null ? null : { ...wire, bytes: plain.subarray(headEnd) } };
}

/** Bytes of memory that an answer takes, nearly. */
export function sizeOf(result: ChatResult, wire: RecordedBytes | null): number {
  let chars = 512;
  for (const { parts, logprobs } of result.choices) {
    for (const part of parts) chars += 128 + ("text" in part ? part.text.length : part.argumentsJson.length);
    chars += (logprobs?.length ?? 0) * 200;
  }
  return 2 * chars + (wire?.bytes.length ?? 0);
}
