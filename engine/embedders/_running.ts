import { EngineError } from "../errors.ts";

/** Counts running calls, so that native memory is freed only when none uses it. */
export interface Running {
  track<T>(call: () => Promise<T>): Promise<T>;
  /** Refuses further calls and waits for those that run. */
  finish(): Promise<void>;
}

export function createRunning(what: string): Running {
  const calls = new Set<Promise<unknown>>();
  let isClosed = false;
  return {
    async track(call) {
      if (isClosed) throw new EngineError("scorer_failed", `${what} is closed`);
      const running = call();
      calls.add(running);
      try {
        return await running;
      } finally {
        calls.delete(running);
      }
    },
    async finish() {
      isClosed = true;
      await Promise.allSettled(calls);
    },
  };
}
