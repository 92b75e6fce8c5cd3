import type { Named } from "../../engine/discover.ts";

/** Total of a counter in its present window. */
export interface Count {
  readonly total: number;
  readonly endsInMs: number;
}

/** Counts of what happens, in one process, which answers at once, or shared by several. */
export interface Counters {
  /**
   * Adds to a counter, atomically. Its window is fixed: it starts with the first addition, and when it ends the count
   * starts again from nothing.
   */
  add(name: string, amount: number, windowMs: number): Count | Promise<Count>;
  /** Takes a place if fewer than `most` are taken. */
  acquire(name: string, most: number): boolean | Promise<boolean>;
  release(name: string): void;
  close(): Promise<void>;
}

/** Plug-in of server/limits/stores/, found by the scheme of `shared.url`. */
export interface CountersPlugin extends Named {
  open(url: string): Promise<Counters>;
}

export function defineCounters(plugin: CountersPlugin): CountersPlugin {
  return plugin;
}
