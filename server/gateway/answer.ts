/** What the gateway answers, before it is written to a socket or handed to a caller in this process. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Streams are read to their end or returned early, never abandoned: leaving them settles the request. */
  readonly body: Buffer | string | AsyncGenerator<Buffer | string, void, void>;
  /** What is known only at the end of a body that has no place for it. */
  readonly trailers?: Trailers;
}

export interface Trailers {
  /** Said ahead in the `trailer` header. */
  readonly names: readonly string[];
  /** Called once the body is over. */
  readonly read: () => Readonly<Record<string, string>>;
}
