import type { Candidate } from "../../engine/schema/candidate.ts";
import type { UpstreamConfig } from "../config-schema.ts";
import type { Provider } from "../provider.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { type Guards, guardWith, type Target } from "./target.ts";
import { createTransport, type Transport } from "./transport.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** The configured upstreams with what they keep between calls: keys, connections. */
export interface Upstreams {
  readonly ids: readonly string[];
  /** @throws RangeError for an upstream that is not configured, which the configuration check rules out */
  target(candidate: Candidate): Target;
  /** Upstream by id, for calls that name no model; null when there is none. */
  find(upstreamId: string): UpstreamInUse | null;
  close(): Promise<void>;
}

export interface UpstreamInUse {
  readonly id: string;
  readonly provider: Provider;
  readonly keys: KeyRing;
  readonly transport: Transport;
  readonly config: UpstreamConfig;
}

export function createUpstreams(
  configs: Readonly<Record<string, UpstreamConfig>>,
  providers: ReadonlyMap<string, Provider>,
  guards: Guards,
): Upstreams {
  const transports = new Map<string | null, Transport>();
  const inUse = new Map<string, UpstreamInUse>();

  function transportOf(proxy: string | null): Transport {
    const known = transports.get(proxy);
    if (known !== undefined) return known;
    const transport = createTransport({
      proxy,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
    transports.set(proxy, transport);
    return transport;
  }

  for (const [id, config] of Object.entries(configs)) {
    const provider = providers.get(config.provider);
    if (provider === undefined) continue;
    const keys = config.apiKeys ?? (config.apiKey === undefined ? [] : [config.apiKey]);
    inUse.set(id, { id, provider, config, keys: createKeyRing(keys), transport: transportOf(config.proxy ?? null) });
  }

  return {
    ids: [...inUse.keys()],
    find: (upstreamId) => inUse.get(upstreamId) ?? null,
    target(candidate) {
      const upstream = inUse.get(candidate.upstreamId);
      if (upstream === undefined) throw new RangeError(`no upstream "${candidate.upstreamId}"`);
      const { provider, config, keys, transport } = upstream;
      const breaker = guards.breakerOf(upstream.id, candidate.model);
      return {
        candidate,
        upstreamId: upstream.id,
        model: candidate.model,
        provider,
        keys,
        transport,
        wire: (key) => ({
          baseUrl: config.baseUrl ?? null,
          apiKey: key,
          headers: config.headers ?? {},
          options: config.options ?? {},
        }),
        ...guardWith(breaker, guards.capOf(upstream.id, config.maxParallel ?? null)),
      };
    },
    async close() {
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}
