import type { Caller } from "../caller.ts";
import type { Dialect } from "../dialect.ts";
import type { CallPath } from "./read-call.ts";
import type { ClientHeaders } from "./request-options.ts";
import type { StopSignal } from "./stop-signal.ts";

/** Any client's request as it came in. */
export interface Incoming {
  readonly requestId: string;
  /** What the client speaks; its errors have this dialect's shape. */
  readonly dialect: Dialect;
  readonly headers: ClientHeaders;
  readonly keyId: string | null;
  /** Who calls; absent where no HTTP request is behind it. */
  readonly caller?: Caller;
  /** Aborted when the client leaves before its answer is complete. */
  readonly signal: StopSignal;
}

/** One whose body was read. */
export interface IncomingCall extends Incoming {
  readonly body: Buffer;
  readonly path: CallPath;
}

/** Field by field: fields behind a spread are added one by one, each at the price of a look-up. */
export function callOf(incoming: Incoming, body: Buffer, path: CallPath): IncomingCall {
  const { requestId, dialect, headers, keyId, caller, signal } = incoming;
  return caller === undefined
    ? { requestId, dialect, headers, keyId, signal, body, path }
    : { requestId, dialect, headers, keyId, caller, signal, body, path };
}
