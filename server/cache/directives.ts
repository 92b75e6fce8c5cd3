import { ApiError } from "../errors.ts";
import type { ClientHeaders } from "../gateway/request-options.ts";

/** What a client says about caching, in `x-weir-cache` and `cache-control`. */
export interface CacheDirectives {
  /** May be answered from the cache. */
  readonly reads: boolean;
  /** Its answer may be kept. */
  readonly writes: boolean;
  /** How long its answer shall be kept; null when it does not say. A client that says it wants the cache. */
  readonly ttlSeconds: number | null;
  /** Age of an answer that is still taken; null for any. */
  readonly maxAgeSeconds: number | null;
}

const NOTHING_SAID: CacheDirectives = { reads: true, writes: true, ttlSeconds: null, maxAgeSeconds: null };

/**
 * `no-store` keeps the request away from the cache altogether, `no-cache` asks anew and keeps the answer, `ttl=60` keeps it
 * for so long, `max-age=60` takes no older one. What `cache-control` says beyond that is for other caches.
 *
 * @throws ApiError `invalid_request` for a word in `x-weir-cache` that is none of these
 */
export function readDirectives(headers: ClientHeaders): CacheDirectives {
  const own = headers["x-weir-cache"];
  const common = headers["cache-control"];
  if (own === undefined && common === undefined) return NOTHING_SAID;
  let { reads, writes, ttlSeconds, maxAgeSeconds } = NOTHING_SAID;
  const read = (header: string | string[] | undefined, isOurs: boolean) => {
    for (const word of wordsOf(header)) {
      const [name = "", value] = word.split("=", 2).map((part) => part.trim());
      if (name === "no-cache") reads = false;
      else if (name === "no-store") reads = writes = false;
      else if (name === "max-age") {
        const seconds = secondsOf(value, isOurs ? word : null);
        if (seconds !== null) maxAgeSeconds = seconds;
      } else if (isOurs && name === "ttl") {
        ttlSeconds = secondsOf(value, word);
        if (ttlSeconds === 0) throw unknown(word);
      } else if (isOurs) throw unknown(word);
    }
  };
  read(common, false);
  read(own, true);
  return { reads, writes, ttlSeconds, maxAgeSeconds };
}

function wordsOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  return text
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** @param word the whole word where it is ours and must be right; null where others' words may say anything */
function secondsOf(value: string | undefined, word: string | null): number | null {
  if (value !== undefined && /^\d{1,9}$/.test(value)) return Number(value);
  if (word === null) return null;
  throw unknown(word);
}

function unknown(word: string): ApiError {
  const message = `x-weir-cache: "${word}" is none of no-cache, no-store, ttl=<seconds>, max-age=<seconds>`;
  return new ApiError("invalid_request", message, { place: "x-weir-cache" });
}
