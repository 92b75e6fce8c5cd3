export interface WarnLog {
  warn(fields: object, message: string): void;
}

/** Passes a message on at most once in `everyMs`, with the number of those held back: a fault of every request is one fault. */
export function logSometimes(log: WarnLog, clock: () => number, everyMs = 10_000): WarnLog {
  const lastMs = new Map<string, number>();
  const heldBack = new Map<string, number>();
  return {
    warn(fields, message) {
      const nowMs = clock();
      const last = lastMs.get(message);
      if (last !== undefined && nowMs - last < everyMs) {
        heldBack.set(message, (heldBack.get(message) ?? 0) + 1);
        return;
      }
      lastMs.set(message, nowMs);
      log.warn({ ...fields, heldBack: heldBack.get(message) ?? 0 }, message);
      heldBack.delete(message);
    },
  };
}
