import type { FaultKind } from "../chat.ts";

/** Several keys of one upstream: the one in use stays until it fails, then the next takes over for a while. */
export interface KeyRing {
  /** The key to use now; null when the upstream needs none. Keys that rest are passed over while another does not. */
  current(nowMs: number): string | null;
  /** Tells how a call with this key ended. @returns whether another key is worth trying now */
  report(key: string | null, fault: FaultKind, retryAfterMs: number | null, nowMs: number): boolean;
}

/** A key that was refused rests longer than one that was throttled. */
const REFUSED_REST_MS = 300_000;
const THROTTLED_REST_MS = 10_000;

const REST_MS: Partial<Record<FaultKind, number>> = {
  authentication: REFUSED_REST_MS,
  permission: REFUSED_REST_MS,
  insufficient_quota: REFUSED_REST_MS,
  rate_limited: THROTTLED_REST_MS,
};

export function createKeyRing(keys: readonly string[]): KeyRing {
  const restsUntilMs = new Array<number>(keys.length).fill(0);
  let index = 0;

  function nextAwake(nowMs: number): number {
    for (let step = 0; step < keys.length; step++) {
      const candidate = (index + step) % keys.length;
      if (restsUntilMs[candidate]! <= nowMs) return candidate;
    }
    return -1;
  }

  return {
    current(nowMs) {
      if (keys.length === 0) return null;
      const awake = nextAwake(nowMs);
      if (awake !== -1) index = awake;
      return keys[index]!;
    },
    report(key, fault, retryAfterMs, nowMs) {
      const rest = REST_MS[fault];
      if (rest === undefined || key === null || keys.length < 2) return false;
      const at = keys.indexOf(key);
      if (at === -1) return false;
      restsUntilMs[at] = nowMs + Math.max(rest, retryAfterMs ?? 0);
      return nextAwake(nowMs) !== -1;
    },
  };
}
