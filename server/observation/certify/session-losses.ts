/** Audits of one session beyond it are left out, those that came last first. */
export const MOST_PER_SESSION = 4;

/**
 * Losses of requests, some of one session, as independent numbers in [0, 1], one a session, whose mean is above `alpha`
 * exactly when the loss per request is: alpha + sum over the session of (loss - alpha) / most per session.
 *
 * @param session [n] of each loss; rows in the order in which they were drawn
 * @returns       the losses themselves when no session has two
 */
export function sessionLosses(
  losses: Float64Array,
  session: ArrayLike<number | string> | undefined,
  alpha: number,
): Float64Array {
  if (session === undefined) return losses;
  const sums = new Map<number | string, { count: number; excess: number }>();
  for (let row = 0; row < losses.length; row++) {
    const known = sums.get(session[row]!) ?? { count: 0, excess: 0 };
    if (known.count < MOST_PER_SESSION) {
      known.count++;
      known.excess += losses[row]! - alpha;
    }
    sums.set(session[row]!, known);
  }
  if (sums.size === losses.length) return losses;
  return Float64Array.from(sums.values(), ({ excess }) => alpha + excess / MOST_PER_SESSION);
}
