import type { Attributes, Context, Span } from "@opentelemetry/api";
import type { Settlement } from "../gateway/settlement.ts";
import type { Settings } from "../settings.ts";
import { attemptAttributes, requestAttributes } from "./span-attributes.ts";

/** Spans of settled requests, sent off in batches; nothing of it is on a request's way. */
export interface Traces {
  record(settlement: Settlement): void;
  /** Sends what waits. */
  close(): Promise<void>;
}

export type TracesConfig = NonNullable<Settings["traces"]>;

export interface TracesDeps {
  readonly version: string;
  /** Provider of an upstream as configured; null when it is not. */
  readonly providerOf: (upstreamId: string) => string | null;
  readonly onError: (error: unknown) => void;
}

/** Longest wait for the collector at the end of the process. */
const CLOSE_MS = 3_000;

/** Loads OpenTelemetry, which nobody does who does not ask for traces. */
export async function openTraces(config: TracesConfig, { version, providerOf, onError }: TracesDeps): Promise<Traces> {
  const open = await import("./opentelemetry.ts");
  const exporter = new open.OTLPTraceExporter({ url: config.endpoint, headers: { ...config.headers } });
  const provider = new open.TracerProvider({
    resource: open.resourceFromAttributes({ "service.name": config.serviceName, "service.version": version }),
    sampler: new open.ParentBasedSampler({ root: new open.TraceIdRatioBasedSampler(config.sampleRate) }),
    spanProcessors: [new open.BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer("weir", version);

  function start(name: string, kind: number, startMs: number, attributes: Attributes, parent: Context): Span {
    return tracer.startSpan(name, { kind, startTime: startMs, attributes }, parent);
  }

  function fail(span: Span, error: string): void {
    span.setAttribute("error.type", error);
    span.setStatus({ code: open.SpanStatusCode.ERROR });
  }

  function write(settlement: Settlement): void {
    const { atMs, durationMs, operation, requestedModel, error, attempts } = settlement;
    const remote = parentOf(settlement.traceparent);
    const context =
      remote === null ? open.ROOT_CONTEXT : open.trace.setSpanContext(open.ROOT_CONTEXT, { ...remote, isRemote: true });
    const name = requestedModel === "" ? operation : `${operation} ${requestedModel.slice(0, 128)}`;
    const span = start(name, open.SpanKind.SERVER, atMs, requestAttributes(settlement), context);
    const inner = open.trace.setSpan(context, span);
    let beginMs = atMs + settlement.overheadMs;
    for (const [i, attempt] of attempts.entries()) {
      const attributes = attemptAttributes(settlement, attempt, providerOf(attempt.upstream));
      const child = start(`${nameOf(operation)} ${attempt.model}`, open.SpanKind.CLIENT, beginMs, attributes, inner);
      if (attempt.outcome !== "ok") fail(child, attempt.outcome);
      // A try is over when it commits; the answer of the last goes on to the request's end.
      const isLast = i === attempts.length - 1 && attempt.outcome === "ok";
      const endMs = isLast ? atMs + durationMs : Math.min(beginMs + attempt.ms, atMs + durationMs);
      child.end(Math.max(endMs, beginMs));
      beginMs = Math.max(endMs, beginMs);
    }
    if (error !== null && error !== "client_left") fail(span, error);
    span.end(atMs + durationMs);
  }

  return {
    record(settlement) {
      setImmediate(() => {
        try {
          write(settlement);
        } catch (error) {
          onError(error);
        }
      });
    },
    async close() {
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.race([
        provider.shutdown().catch(onError),
        new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref()),
      ]);
    },
  };
}

function nameOf(operation: string): string {
  return operation === "pass_through" ? "chat" : operation;
}

/** W3C Trace Context, version 00 and its successors. */
function parentOf(traceparent: string | null) {
  const [, traceId, spanId, flags] =
    /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(traceparent ?? "") ??
    [];
  if (traceId === undefined || spanId === undefined) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags ?? "0", 16) & 1 };
}
