import type { Named } from "../engine/discover.ts";
import type { ChatEvent, ChatRequest, ChatResult, UpstreamFault } from "./chat.ts";
import type { WireFormat } from "./provider.ts";

/** Facts of our own that a rendered answer carries. */
export interface RenderContext {
  /** Our id of the request. */
  readonly requestId: string;
  /** Model name that the client shall see: the one that answered. */
  readonly model: string;
  readonly nowMs: number;
  readonly request: ChatRequest;
}

/** An error in the dialect's own shape. */
export interface RenderedFault {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why we refuse or fail a request ourselves, or which upstream fault we pass on. */
export interface DialectFault extends UpstreamFault {
  /** Whether the client's library should try again by itself. */
  readonly shouldRetry: boolean | null;
}

/** Turns events into the bytes of the dialect's stream. */
export interface StreamRenderer {
  /** Text to write for these events, "" for none. */
  push(events: readonly ChatEvent[]): string;
  /** Text that ends the stream after a fault of ours, in the dialect's own mid-stream error form. */
  fail(fault: DialectFault): string;
}

/** What a client speaks: pure parsing and rendering. */
export interface Dialect extends Named {
  readonly format: WireFormat;
  /** `content-type` of its streams. */
  readonly streamType: string;
  /** @throws ApiError `invalid_request` with the field's path */
  parse(body: unknown, path: { readonly model: string | null; readonly stream: boolean | null }): ChatRequest;
  render(result: ChatResult, context: RenderContext): unknown;
  renderStream(context: RenderContext): StreamRenderer;
  renderFault(fault: DialectFault, requestId: string): RenderedFault;
}

/** Plug-in of server/dialects/, one file each. */
export function defineDialect(dialect: Dialect): Dialect {
  return dialect;
}
