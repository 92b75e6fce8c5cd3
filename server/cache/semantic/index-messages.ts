import type { AskIndex } from "./ask-index.ts";

export type IndexMethod = keyof AskIndex;

/** What the thread of the index is asked. */
export interface ToIndex {
  readonly call: number;
  readonly method: IndexMethod;
  readonly parameters: readonly unknown[];
}

/** What it answers. */
export interface FromIndex {
  readonly call: number;
  readonly result?: unknown;
  /** Message of the error, where there was one. */
  readonly fault?: string;
}
