import { RateLimiterMemory } from "rate-limiter-flexible";
import { defineCounters } from "../counters.ts";

/** Beyond so many names in two windows the rest share one counter: strict, and bounded in memory. */
const MOST_NAMES = 100_000;
const OVERFLOW = "overflow";
const GENERATION_MS = 60_000;

/** Counters of this process alone: with several processes each has the whole limit. */
export default defineCounters({
  name: "memory",
  async open() {
    /** By length of window. Limits are judged by the caller, so the library only counts. */
    const limiters = new Map<number, RateLimiterMemory>();
    const taken = new Map<string, number>();
    let generation = 0;
    let names = 0;
    let namesBefore = 0;

    function limiterOf(windowMs: number): RateLimiterMemory {
      const known = limiters.get(windowMs);
      if (known !== undefined) return known;
      const made = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: windowMs / 1000 });
      limiters.set(windowMs, made);
      return made;
    }

    function countNames(): void {
      const now = Math.floor(performance.now() / GENERATION_MS);
      if (now === generation) return;
      namesBefore = now === generation + 1 ? names : 0;
      names = 0;
      generation = now;
    }

    return {
      async add(name, amount, windowMs) {
        countNames();
        const isFull = names + namesBefore >= MOST_NAMES;
        const limiter = limiterOf(windowMs);
        const result = await limiter.consume(isFull ? OVERFLOW : name, amount);
        if (result.isFirstInDuration) names++;
        // A wall clock that was set back would make the window longer than it is.
        return { total: result.consumedPoints, endsInMs: Math.min(windowMs, Math.max(0, result.msBeforeNext)) };
      },
      async acquire(name, most) {
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
        limiters.clear();
        taken.clear();
      },
    };
  },
});
