const WINDOW_MS = 60_000;
const MOST_MODELS = 1000;

/** Requests of the current minute by settings and model. */
export interface RateWindows {
  /** null when the request may go on, else how long to wait in milliseconds. */
  enter(settings: object, model: string, limit: number, nowMs: number): number | null;
}

export function createRateWindows(): RateWindows {
  const bySettings = new WeakMap<object, Map<string, { readonly startMs: number; count: number }>>();
  return {
    enter(settings, model, limit, nowMs) {
      let byModel = bySettings.get(settings);
      if (byModel === undefined) {
        byModel = new Map();
        bySettings.set(settings, byModel);
      }
      const held = byModel.get(model);
      if (held === undefined || nowMs - held.startMs >= WINDOW_MS) {
        if (byModel.size >= MOST_MODELS) byModel.clear();
        byModel.set(model, { startMs: nowMs, count: 1 });
        return null;
      }
      if (held.count < limit) {
        held.count++;
        return null;
      }
      return held.startMs + WINDOW_MS - nowMs;
    },
  };
}
