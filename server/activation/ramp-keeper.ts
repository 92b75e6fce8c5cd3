import type { ActivationStore } from "./activation-store.ts";
import type { LiveRoute } from "./active-route.ts";
import type { RampState } from "./ramp.ts";

/** Another process may have gone on, or rolled back: its word holds, and our own evidence stays where it fits. */
export function mergedRamp(
  before: Pick<LiveRoute, "version" | "ramp"> | undefined,
  stored: { readonly version: number; readonly state: string | null },
): RampState | null {
  if (before !== undefined && before.version === stored.version) return before.ramp;
  const theirs = stored.state === null ? null : (JSON.parse(stored.state) as RampState); // only `persistRamp` writes it
  const ours = before?.ramp ?? null;
  if (theirs === null || ours === null || theirs.under !== ours.under || theirs.startedAtMs !== ours.startedAtMs)
    return theirs;
  const { stage, sinceMs, rolledBack } = theirs;
  const routed = stage === ours.stage ? ours.routed : theirs.routed;
  return { ...ours, stage, sinceMs, routed, rolledBack: rolledBack ?? ours.rolledBack };
}

/** Written by whoever comes first; who comes second reads, and writes again the next time. */
export function persistRamp(one: LiveRoute, store: Pick<ActivationStore, "read" | "putState">): void {
  if (!one.isDirty || one.ramp === null) return;
  if (store.putState(one.name, one.version, JSON.stringify(one.ramp))) {
    one.version++;
    one.isDirty = false;
    return;
  }
  const stored = store.read(one.name);
  one.ramp = mergedRamp({ ramp: one.ramp, version: -1 }, stored) ?? one.ramp;
  if (store.putState(one.name, stored.version, JSON.stringify(one.ramp))) one.version = stored.version + 1;
}
