import { quantileSorted } from "simple-statistics";
import { isShareAlarmed, type ShareWatch, stepShare, watchShare } from "./share-watch.ts";

/** Whether answers are as long as they used to be, beside what was expected of each. Plain, so that it is stored. */
export type LengthWatch =
  | { readonly kind: "learning"; readonly ratios: readonly number[] }
  | {
      readonly kind: "watching";
      /** Logarithms of length over expected length; outside of them a length is odd. */
      readonly low: number;
      readonly high: number;
      readonly odd: ShareWatch;
    };

export interface LengthTerms {
  /** Chance of an alarm, ever, while at most a fifth of the lengths are odd. */
  readonly delta: number;
}

const LEARN = 200;
const TAIL = 0.05;
/** A tenth is odd by what odd means; a fifth may be. */
const ALLOWED = 0.2;

export const UNLEARNT_LENGTH: LengthWatch = { kind: "learning", ratios: [] };

/** Takes one answer: its tokens, and those that were expected before it was asked for. */
export function stepLength(state: LengthWatch, tokens: number, expected: number, terms: LengthTerms): LengthWatch {
  const ratio = Math.log((1 + tokens) / (1 + expected));
  if (state.kind === "watching") {
    const isOdd = ratio < state.low || ratio > state.high;
    return { ...state, odd: stepShare(state.odd, isOdd, { ...terms, learn: 0, least: 0 }) };
  }
  const ratios = [...state.ratios, ratio];
  if (ratios.length < LEARN) return { kind: "learning", ratios };
  const sorted = ratios.toSorted((a, b) => a - b);
  const low = quantileSorted(sorted, TAIL);
  const high = quantileSorted(sorted, 1 - TAIL);
  return { kind: "watching", low, high, odd: watchShare(2 * TAIL, ALLOWED, terms) };
}

export function isLengthAlarmed(state: LengthWatch, terms: LengthTerms): boolean {
  return state.kind === "watching" && isShareAlarmed(state.odd, terms);
}
