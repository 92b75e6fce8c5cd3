/** What the gateway answers, before it is written to a socket or handed to a caller in this process. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Streams are read to their end or returned early, never abandoned: leaving them settles the request. */
  readonly body: Buffer | string | AsyncGenerator<Buffer | string, void, void>;
}
