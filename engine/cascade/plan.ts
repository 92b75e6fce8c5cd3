import type { Called } from "./informed-rows.ts";

/** One model, or one or two asked first whose answers decide what comes next. Models by index in the pool. */
export interface CascadePlan {
  /** Asked at once, in parallel when there are two. */
  readonly first: Called;
  /** Calls in all; as many as `first` has means that no other model is asked. */
  readonly maxCalls: number;
}

export function planName({ first, maxCalls }: CascadePlan, nameOf: (model: number) => string): string {
  const asked = first.map(nameOf).join("|");
  return maxCalls > first.length ? `${asked}>` : asked;
}

/** A plan that asks one model and keeps what it says. */
export function isSingle({ first, maxCalls }: CascadePlan): boolean {
  return first.length === 1 && maxCalls === 1;
}
