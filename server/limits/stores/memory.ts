import { defineCounters } from "../counters.ts";

/** Beyond so many names the rest share one counter: strict, and bounded in memory. */
const MOST_NAMES = 100_000;
const OVERFLOW = "overflow";
const GENERATION_MS = 60_000;

interface Window {
  total: number;
  /** On the monotonic clock. */
  readonly endsAt: number;
}

/**
 * Counters of this process alone: with several processes each has the whole limit. Plain numbers, because a library's
 * promise and timer for each of them costs a request more than all its limits.
 */
export default defineCounters({
  name: "memory",
  async open() {
    const windows = new Map<string, Window>();
    const taken = new Map<string, number>();
    let generation = 0;

    function forgetEnded(nowMs: number): void {
      const now = Math.floor(nowMs / GENERATION_MS);
      if (now === generation) return;
      generation = now;
      for (const [name, { endsAt }] of windows) if (endsAt <= nowMs) windows.delete(name);
    }

    return {
      add(name, amount, windowMs) {
        const nowMs = performance.now();
        forgetEnded(nowMs);
        const counted = windows.size < MOST_NAMES || windows.has(name) ? name : OVERFLOW;
        let window = windows.get(counted);
        if (window === undefined || window.endsAt <= nowMs) {
          window = { total: 0, endsAt: nowMs + windowMs };
          windows.set(counted, window);
        }
        window.total += amount;
        return { total: window.total, endsInMs: window.endsAt - nowMs };
      },
      acquire(name, most) {
        const now = taken.get(name) ?? 0;
        if (now >= most) return false;
        taken.set(name, now + 1);
        return true;
      },
      release(name) {
        const now = taken.get(name) ?? 0;
        if (now <= 1) taken.delete(name);
        else taken.set(name, now - 1);
      },
      async close() {
        windows.clear();
        taken.clear();
      },
    };
  },
});
