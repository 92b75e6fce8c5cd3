import type { Shape } from "./shape-of.ts";

/** One request of a day's sample. */
export interface ShapeRow extends Shape {
  readonly route: string;
  readonly day: number;
  /** The lowest lots of a day are its sample. */
  readonly lot: number;
  readonly requestId: string;
}

/** Samples of routes' requests, day by day. */
export interface ShapeStore {
  /** Adds rows, and keeps so many of each route and day. */
  add(rows: readonly ShapeRow[], most: number): void;
  /** From one day to another, both included. */
  read(route: string, fromDay: number, toDay: number): readonly ShapeRow[];
  prune(beforeDay: number): void;
}
