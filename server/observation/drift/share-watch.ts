import { binomialUpperBound } from "../distributions.ts";
import { isAlarmed, type MonitorState, startMonitor, stepMonitor } from "./risk-monitor.ts";

/** How often something happens: first what is usual is learnt, then evidence is gathered that it happens more often. Plain, so that it is stored. */
export type ShareWatch =
  | { readonly kind: "learning"; readonly seen: number; readonly happened: number }
  | {
      readonly kind: "watching";
      /** Share while it was learnt. */
      readonly usual: number;
      /** Share up to which nothing is said. */
      readonly allowed: number;
      readonly monitor: MonitorState;
    };

export interface ShareTerms {
  /** Looks from which the usual share is learnt. */
  readonly learn: number;
  /** Allowed in any case. */
  readonly least: number;
  /** Chance of an alarm, ever, while the share stays allowed. */
  readonly delta: number;
  /** Share that is bet on; by default what happened of late. */
  readonly bet?: number;
}

/** Chance that the usual share is larger than what is then allowed. */
const LEARNING_RISK = 0.001;

export const UNLEARNT: ShareWatch = { kind: "learning", seen: 0, happened: 0 };

/**
 * Takes one look. Allowed is the upper limit of the share that was learnt, so that a rare thing may stay rare and a common one
 * common; an alarm by chance has probability at most delta + 0.001, ever, as long as the share given all before stays allowed.
 */
export function stepShare(state: ShareWatch, hasHappened: boolean, terms: ShareTerms): ShareWatch {
  if (state.kind === "watching") {
    return { ...state, monitor: stepMonitor(state.monitor, Number(hasHappened), optionsOf(state, terms)) };
  }
  const seen = state.seen + 1;
  const happened = state.happened + Number(hasHappened);
  if (seen < terms.learn) return { kind: "learning", seen, happened };
  return watchShare(happened / seen, Math.max(terms.least, binomialUpperBound(happened, seen, LEARNING_RISK)), terms);
}

/** Begins to watch where it is known what is allowed. */
export function watchShare(usual: number, allowed: number, { delta }: Pick<ShareTerms, "delta">): ShareWatch {
  // What nearly always happens cannot happen much more often: nothing is ever said of it.
  const alpha = allowed > MOST_ALLOWED ? 1 : allowed;
  return { kind: "watching", usual, allowed: alpha, monitor: startMonitor({ alpha, delta }) };
}

const MOST_ALLOWED = 0.95;

export function isShareAlarmed(state: ShareWatch, terms: Pick<ShareTerms, "delta">): boolean {
  return state.kind === "watching" && isAlarmed(state.monitor, optionsOf(state, terms));
}

function optionsOf({ allowed }: { readonly allowed: number }, { delta, bet }: Pick<ShareTerms, "delta" | "bet">) {
  return { alpha: allowed, delta, ...(bet === undefined ? {} : { bet }) };
}
