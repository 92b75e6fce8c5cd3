import { TrainError } from "../errors.ts";

export interface CallThreshold {
  /** Strong where score >= threshold; Infinity for never. */
  readonly threshold: number;
  /** Share of the given scores that it sends to strong; differs from the wish where scores are tied. */
  readonly strongRate: number;
}

/**
 * The threshold whose strong-call rate on the given scores is nearest to the wanted one.
 *
 * @param score      [n] gain or win rate of the strong model, finite, n >= 1
 * @param strongRate wanted share of strong calls, in [0, 1]
 * @throws           TrainError `bad_data` without scores, `bad_option` for a rate outside [0, 1]
 * @source           lm-sys/RouteLLM, routellm/calibrate_threshold.py (a plain quantile)
 */
export function thresholdFor(score: ArrayLike<number>, strongRate: number): CallThreshold {
  if (score.length === 0) throw new TrainError("bad_data", "a threshold needs at least one score");
  if (!(strongRate >= 0 && strongRate <= 1)) {
    throw new TrainError("bad_option", `a strong-call rate lies in [0, 1], not ${strongRate}`);
  }
  const falling = Float64Array.from(score).sort().reverse();
  const count = falling.length;
  let best: CallThreshold = { threshold: Number.POSITIVE_INFINITY, strongRate: 0 };
  for (let i = 0; i < count; i++) {
    if (i + 1 < count && falling[i + 1] === falling[i]) continue;
    const rate = (i + 1) / count;
    if (Math.abs(rate - strongRate) < Math.abs(best.strongRate - strongRate)) {
      best = { threshold: falling[i]!, strongRate: rate };
    }
  }
  return best;
}
