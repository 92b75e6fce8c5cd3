import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import type { StopSignal } from "./stop-signal.ts";

/** Bounds the calls under way at one upstream, answers that still stream among them. */
export interface Cap {
  /**
   * Waits for a place. @returns what gives it back, once
   * @throws UpstreamFaultError `overloaded` when too many wait already, or the signal's reason
   */
  enter(signal: StopSignal): Promise<() => void>;
}

/** Code of the fault that says that too many calls wait already. */
const TOO_BUSY = "too_busy";

/** @param parallel most calls at once; as many again may wait */
export function createCap(parallel: number): Cap {
  let running = 0;
  const waiting: (() => void)[] = [];

  function leaveOnce(): () => void {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      running--;
      waiting.shift()?.();
    };
  }

  return {
    enter: (signal) =>
      new Promise((resolve, reject) => {
        const start = () => {
          signal.removeEventListener("abort", onAbort);
          running++;
          resolve(leaveOnce());
        };
        const onAbort = () => {
          waiting.splice(waiting.indexOf(start), 1);
          reject(signal.reason);
        };
        if (signal.aborted) reject(signal.reason);
        else if (running < parallel) start();
        else if (waiting.length >= parallel) reject(busy());
        else {
          waiting.push(start);
          signal.addEventListener("abort", onAbort, { once: true });
        }
      }),
  };
}

export function isTooBusy(error: unknown): boolean {
  return error instanceof UpstreamFaultError && error.fault.code === TOO_BUSY;
}

function busy(): UpstreamFaultError {
  return new UpstreamFaultError(
    faultOf("overloaded", "too many calls to this upstream are under way", { code: TOO_BUSY }),
  );
}
