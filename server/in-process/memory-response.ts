import type { OutgoingHttpHeader, OutgoingHttpHeaders } from "node:http";
import { Writable } from "node:stream";

/** By name, or names and values in turn. */
type GivenHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];

/** What an answer says before its body. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
}

/** Where an answer goes. */
export interface ResponseSink {
  /** Called once, before any piece. */
  head(head: ResponseHead): void;
  /** Takes one piece; `next` is called when there is room for another. */
  piece(bytes: Uint8Array, next: () => void): void;
  end(): void;
  /** The answer broke off, or never began. */
  broken(error: Error | null): void;
}

/**
 * The side of Node's `ServerResponse` that handlers write to, without a socket behind it: heads and pieces go to a sink
 * as they come, and no faster than it takes them.
 */
export class MemoryResponse extends Writable {
  statusCode = 200;
  statusMessage = "";
  sendDate = false;
  headersSent = false;
  readonly #headers = new Map<string, OutgoingHttpHeader>();
  readonly #sink: ResponseSink;

  constructor(sink: ResponseSink) {
    super({ decodeStrings: true });
    this.#sink = sink;
  }

  setHeader(name: string, value: OutgoingHttpHeader): this {
    if (this.headersSent) throw new Error("the head of this answer was sent already");
    this.#headers.set(name.toLowerCase(), value);
    return this;
  }

  getHeader(name: string): OutgoingHttpHeader | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  getHeaders(): OutgoingHttpHeaders {
    return Object.fromEntries(this.#headers);
  }

  getHeaderNames(): string[] {
    return [...this.#headers.keys()];
  }

  writeHead(status: number, reasonOrHeaders?: string | GivenHeaders, headers?: GivenHeaders): this {
    const given = (typeof reasonOrHeaders === "object" ? reasonOrHeaders : headers) ?? {};
    this.statusCode = status;
    for (const [name, value] of Array.isArray(given) ? inTurn(given) : Object.entries(given))
      if (value !== undefined) this.setHeader(name, value);
    this.flushHeaders();
    return this;
  }

  flushHeaders(): void {
    if (this.headersSent) return;
    this.headersSent = true;
    const headers = [...this.#headers].flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((item) => [name, item] as const) : [[name, String(value)] as const],
    );
    this.#sink.head({ status: this.statusCode, headers });
  }

  /** What comes after the body has no place in a `Response`. */
  addTrailers(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.flushHeaders();
    this.#sink.piece(bytes, callback);
  }

  override _final(callback: () => void): void {
    this.flushHeaders();
    this.#sink.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.writableFinished) this.#sink.broken(error);
    callback(null);
  }
}

function* inTurn(given: readonly OutgoingHttpHeader[]): Generator<[string, OutgoingHttpHeader]> {
  for (let at = 0; at + 1 < given.length; at += 2) yield [String(given[at]), given[at + 1]!];
}
