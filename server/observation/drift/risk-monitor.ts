/** What is kept between losses; plain, so that it can be stored and taken up after a restart. */
export interface MonitorState {
  readonly count: number;
  /** Evidence of the bets begun so far, weighted by where they began. */
  readonly wealth: number;
  /** Highest evidence so far: an alarm, once raised, stays. */
  readonly highest: number;
  /** Of the latest losses. */
  readonly mean: number;
  readonly variance: number;
}

export interface MonitorOptions {
  /** Mean loss that is allowed. */
  readonly alpha: number;
  /** Chance of an alarm, ever, while the mean loss stays allowed. */
  readonly delta: number;
  /** Mean that harm would have, where it is known what harm looks like: bets are made on it. By default the latest losses tell. */
  readonly bet?: number;
}

/** A loss's weight in the mean that bets are made from: the latest hundred or so. */
const NEWEST = 0.02;
/** Share of the wealth that a bet may risk at most. */
const MOST = 0.5;

export function startMonitor({ alpha }: MonitorOptions): MonitorState {
  return { count: 0, wealth: 0, highest: 1, mean: alpha, variance: alpha * (1 - alpha) };
}

/**
 * Takes one loss in [0, 1] of the always-on uniform audit. Bets that losses exceed alpha begin at every loss anew, the one that
 * begins at the j-th with weight 1 / (j (j + 1)), so that harm after a long good time is noticed as well.
 *
 * @source e-processes: Ramdas et al., arXiv:2210.01948; stakes by approximate growth (aGRAPA), arXiv:2010.09686; mixture over
 *         starting times: Shin, Ramdas & Rinaldo, arXiv:2203.03532
 */
export function stepMonitor(state: MonitorState, loss: number, options: MonitorOptions): MonitorState {
  const { alpha } = options;
  const count = state.count + 1;
  const stake = Math.min(MOST / alpha, Math.max(0, stakeOf(state, options)));
  const wealth = (state.wealth + 1 / (count * (count + 1))) * (1 + stake * (loss - alpha));
  const mean = state.mean + NEWEST * (loss - state.mean);
  return {
    count,
    wealth,
    highest: Math.max(state.highest, wealth + 1 / (count + 1)),
    mean,
    variance: (1 - NEWEST) * (state.variance + NEWEST * (loss - state.mean) ** 2),
  };
}

/** Kelly's for losses of 0 and 1 where it is known what to bet on, else from the latest losses. */
function stakeOf({ mean, variance }: MonitorState, { alpha, bet }: MonitorOptions): number {
  if (alpha >= 1) return 0;
  if (bet !== undefined) return (bet - alpha) / (alpha * (1 - alpha));
  const excess = mean - alpha;
  return excess / (variance + excess * excess);
}

/** Whether the mean loss exceeds alpha, with a chance of at most delta to say so wrongly, ever. */
export function isAlarmed({ highest }: MonitorState, { delta }: MonitorOptions): boolean {
  return highest >= 1 / delta;
}
