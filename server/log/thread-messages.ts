import type { DrainState, Recovered } from "./drain.ts";

export type ToThread =
  | { readonly kind: "grown"; readonly file: string; readonly bytes: number; readonly isComplete: boolean }
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: "usage" | "page" | "find" | "has" | "prune" | "settle" | "close";
      readonly parameters: readonly unknown[];
    };

/** An error as it crosses threads. */
export interface ThreadFault {
  readonly message: string;
  readonly stack: string;
  /** Of an error that was raised on purpose. */
  readonly code: string | null;
  readonly place: string | null;
}

export type FromThread =
  | { readonly kind: "taken"; readonly bytes: number; readonly state: DrainState }
  | { readonly kind: "failed"; readonly error: ThreadFault; readonly state: DrainState }
  | { readonly kind: "recovered"; readonly recovered: Recovered }
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown; readonly state: DrainState }
  | { readonly kind: "fault"; readonly id: number; readonly error: ThreadFault; readonly state: DrainState };
