import type { Usage } from "../chat.ts";
import type { Provider, StreamDecoder, WireFormat } from "../provider.ts";
import { reportedUsage } from "./reported-usage.ts";
import { createUsageMeter, type UsageMeter } from "./usage-meter.ts";

/** Longest answer that is kept to read its usage from. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;

/** Reads along what passes and knows at the end what it used. Never throws: what cannot be read is passed all the same. */
export interface PassMeter {
  observe(chunk: Buffer): void;
  /** null when the answer does not say. */
  usage(): Usage | null;
}

/**
 * @param decoder  a provider that speaks the answer's format; null when there is none
 * @param contentType of the answer
 */
export function createPassMeter(decoder: Provider | null, contentType: string): PassMeter {
  if (contentType.includes("text/event-stream") || contentType.includes("vnd.amazon.eventstream"))
    return decoder === null ? NOTHING : streamMeter(decoder.decodeStream());
  return contentType.includes("application/json") ? bodyMeter(decoder) : NOTHING;
}

/** A provider whose decoders read this format, its own upstream's first. */
export function decoderOf(
  format: WireFormat | null,
  own: Provider,
  providers: ReadonlyMap<string, Provider>,
): Provider | null {
  if (format === null) return null;
  if (own.format === format) return own;
  return [...providers.values()].find((provider) => provider.format === format) ?? null;
}

const NOTHING: PassMeter = { observe() {}, usage: () => null };

function streamMeter(decoder: StreamDecoder): PassMeter {
  const meter: UsageMeter = createUsageMeter(() => 0);
  let isBroken = false;
  let hasSaid = false;
  return {
    observe(chunk) {
      if (isBroken) return;
      try {
        const events = decoder.push(chunk);
        hasSaid ||= events.some(({ type }) => type === "usage" || type === "delta");
        meter.observe(events);
      } catch {
        isBroken = true;
      }
    },
    usage: () => (hasSaid ? meter.usage() : null),
  };
}

function bodyMeter(decoder: Provider | null): PassMeter {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    observe(chunk) {
      length += chunk.length;
      if (length <= MOST_KEPT_BYTES) chunks.push(chunk);
    },
    usage() {
      if (length > MOST_KEPT_BYTES) return null;
      const body = parsed(Buffer.concat(chunks));
      return usageBy(decoder, body) ?? reportedUsage(Array.isArray(body) ? body.at(-1) : body);
    },
  };
}

function usageBy(decoder: Provider | null, body: unknown): Usage | null {
  try {
    return decoder?.decode(body).usage ?? null;
  } catch {
    return null;
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return null;
  }
}
