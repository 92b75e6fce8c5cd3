import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";

/** A request as Node's HTTP server would hand it over, made in this process. */
export class MemoryRequest extends Readable {
  readonly httpVersion = "1.1";
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor = 1;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly socket = { remoteAddress: "127.0.0.1", remotePort: 0, encrypted: false };
  readonly #body: AsyncIterator<Uint8Array>;

  constructor(method: string, url: string, headers: IncomingHttpHeaders, body: AsyncIterable<Uint8Array>) {
    super();
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.rawHeaders = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
    this.#body = body[Symbol.asyncIterator]();
  }

  override _read(): void {
    this.#body.next().then(
      ({ done, value }) => this.push(done === true ? null : value),
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // What the caller still sends is not read.
    void this.#body.return?.();
    callback(error);
  }
}
