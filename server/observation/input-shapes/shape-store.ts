import type { Shape } from "./shape-of.ts";

/** One request of a day's sample. */
export interface ShapeRow extends Shape {
  readonly route: string;
  readonly day: number;
  /** The lowest lots of a day are its sample. */
  readonly lot: number;
  readonly requestId: string;
}

/** What was asked of a route on a day. */
export interface InputDay {
  readonly route: string;
  readonly day: number;
  readonly requests: number;
  /** Of them, those too far from the router's training to be scored. */
  readonly far: number;
}

/** Samples and counts of routes' requests, day by day. */
export interface ShapeStore {
  /** Adds rows, and keeps so many of each route and day. */
  add(rows: readonly ShapeRow[], most: number): void;
  /** From one day to another, both included. */
  read(route: string, fromDay: number, toDay: number): readonly ShapeRow[];
  /** Adds to what was counted. */
  count(days: readonly InputDay[]): void;
  /** From one day to another, both included, in their order; days without a request are left out. */
  days(route: string, fromDay: number, toDay: number): readonly InputDay[];
  prune(beforeDay: number): void;
}
