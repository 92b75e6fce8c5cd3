/** What a session's last turn was served by; its upstream holds that turn's prompt in its cache. */
export interface WarmCache {
  readonly candidateId: string;
  readonly inputTokens: number;
}

/** Remembers which upstream holds a conversation's cache, so that the decision can count what a switch would cost. */
export interface Sessions {
  find(route: string, session: string, nowMs: number): WarmCache | null;
  remember(route: string, session: string, warm: WarmCache, nowMs: number): void;
  readonly size: number;
}

/** Vendors keep a prompt cached for five minutes after its last use. */
const WARM_MS = 300_000;

/** Bounded: the session that was used longest ago goes first. */
export function createSessions(most: number): Sessions {
  const known = new Map<string, WarmCache & { readonly usedAtMs: number }>();
  const idOf = (route: string, session: string) => `${route}\n${session}`;
  return {
    find(route, session, nowMs) {
      const warm = known.get(idOf(route, session));
      return warm === undefined || nowMs - warm.usedAtMs > WARM_MS ? null : warm;
    },
    remember(route, session, warm, nowMs) {
      const id = idOf(route, session);
      known.delete(id);
      known.set(id, { ...warm, usedAtMs: nowMs });
      if (known.size > most) known.delete(known.keys().next().value!);
    },
    get size() {
      return known.size;
    },
  };
}
