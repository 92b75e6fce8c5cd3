import type { Candidate } from "../../engine/schema/candidate.ts";
import type { UpstreamConfig } from "../config-schema.ts";
import type { Provider, UpstreamTarget } from "../provider.ts";
import { type Cap, createCap } from "./cap.ts";
import type { Healths } from "./health.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { CREDENTIAL } from "./pass-headers.ts";
import type { Target } from "./target.ts";
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
  /** Whether a client without a key of its own may pass through: the configured access is lent, or there is none to lend. */
  readonly lendsKey: boolean;
  wire(key: string | null): UpstreamTarget;
}

export function createUpstreams(
  configs: Readonly<Record<string, UpstreamConfig>>,
  providers: ReadonlyMap<string, Provider>,
  healths: Healths,
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
    const { baseUrl = null, headers = {}, maxParallel } = config;
    const keys = config.apiKeys ?? (config.apiKey === undefined || config.apiKey === "" ? [] : [config.apiKey]);
    const options = provider.options.parse(config.options ?? {});
    const transport = transportOf(config.proxy ?? null);
    inUse.set(id, {
      id,
      provider,
      keys: createKeyRing(keys),
      lendsKey: config.lendKey === true || !hasOwnAccess(config, provider),
      transport: maxParallel === undefined ? transport : capped(transport, createCap(maxParallel)),
      wire: (apiKey) => ({ baseUrl, apiKey, headers, options }),
    });
  }

  return {
    ids: [...inUse.keys()],
    find: (upstreamId) => inUse.get(upstreamId) ?? null,
    target(candidate) {
      const upstream = inUse.get(candidate.upstreamId);
      if (upstream === undefined) throw new RangeError(`no upstream "${candidate.upstreamId}"`);
      const { id, keys, transport, wire } = upstream;
      const provider = upstream.provider.ofModel?.(candidate.model) ?? upstream.provider;
      const health = healths.of(id, candidate.model);
      return { candidate, upstreamId: id, model: candidate.model, provider, keys, transport, health, wire };
    },
    async close() {
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}

/** Keys, credentials that requests are signed with, or a header that is one. */
function hasOwnAccess({ apiKey = "", apiKeys, headers = {} }: UpstreamConfig, { sign }: Provider): boolean {
  if (apiKey !== "" || apiKeys !== undefined || sign !== undefined) return true;
  return Object.keys(headers).some((name) => CREDENTIAL.test(name));
}

/** A place is kept until the exchange is over, so that answers which stream count too. */
function capped(transport: Transport, cap: Cap): Transport {
  return {
    async send(request, signal, onEnd) {
      const leave = await cap.enter(signal);
      return transport.send(request, signal, () => {
        leave();
        onEnd?.();
      });
    },
    close: () => transport.close(),
  };
}
