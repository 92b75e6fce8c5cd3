import { isLengthAlarmed, type LengthWatch, stepLength, UNLEARNT_LENGTH } from "../drift/length-watch.ts";
import { isShareAlarmed, type ShareTerms, type ShareWatch, stepShare, UNLEARNT } from "../drift/share-watch.ts";

/** What is watched of a model's answers. */
export type ModelSignal = "refusals" | "length" | "canary";

/** Where an answer came from: a client's request, an audit's replay, or a question of our own. */
export type AnswerSource = "traffic" | "audit" | "canary";

/** One answer of a model, as far as it tells how the model is. */
export interface SeenAnswer {
  readonly model: string;
  readonly source: AnswerSource;
  readonly atMs: number;
  /** Provider's own name of the model; null when it gives none. */
  readonly version: string | null;
  /** Provider's mark of what ran it; null when it gives none. */
  readonly fingerprint: string | null;
  readonly isRefused: boolean;
  readonly outputTokens: number | null;
  /** As the router expected them; null where nobody expected anything. */
  readonly expectedTokens: number | null;
  /** Whether a canary was answered as it should be; null for all others. */
  readonly hasPassed: boolean | null;
  readonly costNanoUsd: number;
}

/** What is known of a model, kept between answers and restarts. */
export interface ModelState {
  readonly schema: 1;
  readonly refusals: ShareWatch;
  readonly length: LengthWatch;
  readonly canary: ShareWatch;
}

export const UNKNOWN_MODEL: ModelState = {
  schema: 1,
  refusals: UNLEARNT,
  length: UNLEARNT_LENGTH,
  canary: UNLEARNT,
};

export interface ModelTerms {
  /** Chance that one signal of one model alarms, ever, while all is as it was. */
  readonly falseAlarmRate: number;
}

const REFUSALS = { learn: 500, least: 0.01 };
/** Five days of the eight questions that are asked by default. */
const CANARIES = { learn: 40, least: 0.05, bet: 0.5 };

/** The state after an answer. A signal that alarms begins to learn anew: what it found is the usual from then on. */
export function stepModel(
  state: ModelState,
  answer: SeenAnswer,
  terms: ModelTerms,
): { readonly state: ModelState; readonly alarms: readonly ModelSignal[] } {
  const { source, isRefused, outputTokens, expectedTokens, hasPassed } = answer;
  const delta = terms.falseAlarmRate;
  const alarms: ModelSignal[] = [];
  let { refusals, length, canary } = state;
  if (source === "canary") {
    canary = hasPassed === null ? canary : stepShare(canary, !hasPassed, canaryTerms(delta));
    if (isShareAlarmed(canary, { delta })) {
      alarms.push("canary");
      canary = UNLEARNT;
    }
  } else {
    refusals = stepShare(refusals, isRefused, { ...REFUSALS, delta });
    if (isShareAlarmed(refusals, { delta })) {
      alarms.push("refusals");
      refusals = UNLEARNT;
    }
    // Of audits nothing was expected, and a refusal is short by what it is.
    if (outputTokens !== null && expectedTokens !== null && !isRefused) {
      length = stepLength(length, outputTokens, expectedTokens, { delta });
    }
    if (isLengthAlarmed(length, { delta })) {
      alarms.push("length");
      length = UNLEARNT_LENGTH;
    }
  }
  return { state: { schema: 1, refusals, length, canary }, alarms };
}

function canaryTerms(delta: number): ShareTerms {
  return { ...CANARIES, delta };
}

/** How a signal stands, in plain figures. */
export interface SignalFigures {
  readonly signal: ModelSignal;
  readonly state: "learning" | "watching";
  readonly looks: number;
  /** Looks that learning still needs. */
  readonly missing: number;
  readonly usual: number | null;
  readonly allowed: number | null;
  readonly recent: number | null;
  readonly evidence: number | null;
}

const LENGTHS_TO_LEARN = 200;

export function signalFigures({ refusals, length, canary }: ModelState): SignalFigures[] {
  const odd: SignalFigures =
    length.kind === "learning"
      ? learning("length", length.ratios.length, LENGTHS_TO_LEARN)
      : shareFigures("length", length.odd, LENGTHS_TO_LEARN);
  return [shareFigures("refusals", refusals, REFUSALS.learn), odd, shareFigures("canary", canary, CANARIES.learn)];
}

function shareFigures(signal: ModelSignal, share: ShareWatch, learn: number): SignalFigures {
  if (share.kind === "learning") return learning(signal, share.seen, learn);
  const { usual, allowed, monitor } = share;
  const { count, mean, highest } = monitor;
  const recent = count === 0 ? null : mean;
  return { signal, state: "watching", looks: count, missing: 0, usual, allowed, recent, evidence: highest };
}

function learning(signal: ModelSignal, looks: number, learn: number): SignalFigures {
  const missing = learn - looks;
  return { signal, state: "learning", looks, missing, usual: null, allowed: null, recent: null, evidence: null };
}
