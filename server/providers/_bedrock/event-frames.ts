import { EventStreamCodec } from "@smithy/eventstream-codec";

/** One message of AWS's event-stream framing. */
export interface EventFrame {
  /** `event`, `exception` or `error`. */
  readonly messageType: string;
  /** Name of the event or of the exception. */
  readonly type: string;
  /** Only of an `error`. */
  readonly errorMessage: string | null;
  readonly payload: string;
}

/** Length that the first four bytes may tell: the vendor's own limit is 16 MiB. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Two lengths and three checksums: a message is never shorter. */
const LEAST_BYTES = 16;

/**
 * Cuts bytes into messages, whatever the chunking. Lengths and both checksums are checked.
 *
 * @throws Error when a message is broken
 */
export function createFrameReader(): { push(bytes: Uint8Array): EventFrame[]; hasRest(): boolean } {
  const codec = new EventStreamCodec(
    (input) => (typeof input === "string" ? input : Buffer.from(input).toString("utf8")),
    (text) => Buffer.from(text, "utf8"),
  );
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
      const frames: EventFrame[] = [];
      while (rest.length >= 4) {
        const length = rest.readUInt32BE(0);
        if (length < LEAST_BYTES || length > MOST_BYTES) throw new Error(`a message cannot be ${length} bytes long`);
        if (rest.length < length) break;
        const { headers, body } = codec.decode(rest.subarray(0, length));
        rest = rest.subarray(length);
        const text = (name: string) => {
          const value = headers[name]?.value;
          return typeof value === "string" ? value : null;
        };
        frames.push({
          messageType: text(":message-type") ?? "event",
          type: text(":event-type") ?? text(":exception-type") ?? text(":error-code") ?? "",
          errorMessage: text(":error-message"),
          payload: Buffer.from(body).toString("utf8"),
        });
      }
      return frames;
    },
    hasRest: () => rest.length > 0,
  };
}
