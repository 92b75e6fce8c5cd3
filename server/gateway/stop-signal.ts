/** What a call under way must know of whoever may end it; every AbortSignal is one. */
export type StopSignal = Pick<
  AbortSignal,
  "aborted" | "reason" | "addEventListener" | "removeEventListener" | "throwIfAborted"
>;

type Listener = (event: Event) => void;

export interface Stop {
  readonly signal: StopSignal;
  abort(reason: unknown): void;
}

/**
 * The part of AbortController that a request and its attempts need. A platform signal is an event target with validated,
 * weakly held listeners: tens of microseconds a request that one short list does without.
 */
export function createStop(): Stop {
  return new OwnStop();
}

/** A class because one is made several times a request: its methods are shared where closures would be made anew. */
class OwnStop implements Stop {
  aborted = false;
  reason: unknown = undefined;
  readonly #listeners: Listener[] = [];

  get signal(): StopSignal {
    // Listeners are functions wherever a StopSignal is used, never objects with a method.
    return this as unknown as StopSignal;
  }

  addEventListener(_type: string, listener: Listener): void {
    if (!this.aborted && !this.#listeners.includes(listener)) this.#listeners.push(listener);
  }

  removeEventListener(_type: string, listener: Listener): void {
    const at = this.#listeners.indexOf(listener);
    if (at !== -1) this.#listeners.splice(at, 1);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners.splice(0)) listener(ABORTED);
  }
}

const ABORTED = new Event("abort");

/** A platform signal that follows, for whoever takes nothing else. */
export function abortSignalOf(signal: StopSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  if (signal.aborted) controller.abort(signal.reason);
  else signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
  return controller.signal;
}

/** Aborted with the first of them, for whoever takes a platform signal only. */
export function anyOf(...signals: readonly StopSignal[]): AbortSignal {
  return AbortSignal.any(signals.map(abortSignalOf));
}
