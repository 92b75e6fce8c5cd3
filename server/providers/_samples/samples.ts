import type { FaultKind } from "../../chat.ts";

/**
 * One wire format's answers, made after its vendor's documentation: the same answer whole and as a stream, so that both
 * decoders can be held against each other.
 */
export interface WireSamples {
  /** "The sky is blue." */
  readonly text: WireAnswer;
  /** `get_weather {"city":"Paris"}` and `get_time {}`, in parallel. */
  readonly tools: WireAnswer;
  /** Reasoning before a text, where the format has it. */
  readonly reasoning: (WireAnswer & { readonly text: string }) | null;
  readonly faults: readonly {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: string;
    readonly kind: FaultKind;
    readonly retryAfterMs?: number;
  }[];
  /** A stream that begins with text and then tells of a fault. */
  readonly brokenOff: { readonly stream: Uint8Array; readonly kind: FaultKind };
}

export interface WireAnswer {
  readonly body: unknown;
  readonly stream: Uint8Array;
  /** Input tokens not from the cache, those from it, output, and reasoning within. */
  readonly usage: readonly [inputUncached: number, cacheRead: number, output: number, reasoning: number];
}

export function sse(...frames: readonly unknown[]): Uint8Array {
  return Buffer.from(
    frames
      .map((frame) => {
        const named =
          typeof frame === "object" && frame !== null && "type" in frame ? `event: ${String(frame.type)}\n` : "";
        return `${named}data: ${typeof frame === "string" ? frame : JSON.stringify(frame)}\n\n`;
      })
      .join(""),
  );
}

/** AWS event-stream messages, framed by hand after the vendor's description, apart from the library that reads them. */
export function eventStream(...events: readonly (readonly [type: string, payload: unknown])[]): Uint8Array {
  return Buffer.concat(events.map(([type, payload]) => eventMessage(type, payload)));
}

function eventMessage(type: string, payload: unknown): Buffer {
  const isException = /Exception$/.test(type);
  const headers = Buffer.concat([
    stringHeader(isException ? ":exception-type" : ":event-type", type),
    stringHeader(":content-type", "application/json"),
    stringHeader(":message-type", isException ? "exception" : "event"),
  ]);
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + headers.length + body.length, 0);
  prelude.writeUInt32BE(headers.length, 4);
  const head = Buffer.concat([prelude, checksum(prelude), headers, body]);
  return Buffer.concat([head, checksum(head)]);
}

function stringHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
}

/** CRC-32 as in IEEE 802.3. */
function checksum(bytes: Uint8Array): Buffer {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const out = Buffer.alloc(4);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return out;
}
