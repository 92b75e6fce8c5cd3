import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";

/** Ends waits that last too long. */
export interface SilenceWatch {
  /**
   * The promise, unless it takes longer than the limit. One wait at a time.
   *
   * @throws UpstreamFaultError `timeout`
   */
  wait<Value>(promise: Promise<Value>): Promise<Value>;
  /** Frees its timer; to be called once. */
  end(): void;
}

/**
 * Watches the silences of one stream with one timer, however many pieces it has. Only waiting counts: while the client
 * reads slowly nobody is silent.
 */
export function createSilenceWatch(limitMs: number): SilenceWatch {
  let fail: ((error: unknown) => void) | null = null;
  let sinceMs = 0;
  let timer = setTimeout(look, limitMs);

  function look(): void {
    const leftMs = fail === null ? limitMs : limitMs - (performance.now() - sinceMs);
    if (fail !== null && leftMs <= 0) fail(new UpstreamFaultError(faultOf("timeout", silentFor(limitMs))));
    else timer = setTimeout(look, Math.ceil(leftMs));
  }

  return {
    wait: (promise) =>
      new Promise((resolve, reject) => {
        fail = reject;
        sinceMs = performance.now();
        promise.then(
          (value) => {
            fail = null;
            resolve(value);
          },
          (error: unknown) => {
            fail = null;
            reject(error);
          },
        );
      }),
    end: () => clearTimeout(timer),
  };
}

function silentFor(ms: number): string {
  return `the upstream was silent for ${ms} ms`;
}
