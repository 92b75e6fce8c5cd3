/** What a call under way must know of whoever may end it; every AbortSignal is one. */
export type StopSignal = Pick<
  AbortSignal,
  "aborted" | "reason" | "addEventListener" | "removeEventListener" | "throwIfAborted"
>;

type Listener = (event: Event) => void;

/**
 * The part of AbortController that an attempt needs. A platform signal is an event target with validated, weakly held
 * listeners: tens of microseconds a request that one short list does without.
 */
export function createStop(): { readonly signal: StopSignal; abort(reason: unknown): void } {
  let isAborted = false;
  let reason: unknown;
  let listeners: Listener[] = [];
  const signal = {
    get aborted() {
      return isAborted;
    },
    get reason() {
      return reason;
    },
    addEventListener(_type: string, listener: Listener) {
      if (!isAborted && !listeners.includes(listener)) listeners.push(listener);
    },
    removeEventListener(_type: string, listener: Listener) {
      const at = listeners.indexOf(listener);
      if (at !== -1) listeners.splice(at, 1);
    },
    throwIfAborted() {
      if (isAborted) throw reason;
    },
  };
  return {
    // Listeners are functions wherever a StopSignal is used, never objects with a method.
    signal: signal as StopSignal,
    abort(why) {
      if (isAborted) return;
      isAborted = true;
      reason = why;
      const told = listeners;
      listeners = [];
      for (const listener of told) listener(ABORTED);
    },
  };
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
