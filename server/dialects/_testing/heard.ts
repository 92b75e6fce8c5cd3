import { createSseParser, type SseFrame } from "../../sse.ts";

/** What a strict client made of a stream. */
export interface Heard {
  /** The answer in its whole, unstreamed form; null when the stream failed before one began. */
  readonly answer: unknown;
  /** The error that ended the stream; null when none did. */
  readonly error: Readonly<Record<string, unknown>> | null;
}

/** JSON of the wire, looked into without a schema: the checks are the schema. */
export type Json = ReturnType<typeof JSON.parse>;

export function framesOf(text: string): SseFrame[] {
  const parser = createSseParser();
  return [...parser.push(Buffer.from(text, "utf8")), ...parser.end()];
}

export function jsonOf(data: string): Json {
  return JSON.parse(data) as Json;
}

/** @throws Error naming the broken rule */
export function must(holds: unknown, rule: string): asserts holds {
  if (!holds) throw new Error(`broken rule: ${rule}`);
}
