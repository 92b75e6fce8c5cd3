import { logBeta } from "../../observation/distributions.ts";

/**
 * Whether a share is below a limit, with confidence, however often one looks.
 *
 * A bet against "the share is `limit` or more": the mixture over all shares of the likelihood of what was seen, against the
 * likelihood at the limit. If the share were that large, the bet would ever win `1 / delta` with probability at most delta, at
 * any time (Ville's inequality); so having won it speaks for a smaller share, at whatever moment one stops.
 *
 * @param seen  trials
 * @param bad   those of them that count against
 * @param limit in (0, 1)
 * @param delta probability of being wrong that is accepted, in (0, 1)
 * @source      Waudby-Smith & Ramdas 2024, Estimating means of bounded random variables by betting; Beta mixture
 */
export function isShareBelow(limit: number, seen: number, bad: number, delta: number): boolean {
  if (seen === 0 || bad / seen >= limit) return false;
  // A mixture that expects few bad ones wins soonest when there are few.
  const [a, b] = [1, 2 / limit];
  const mixture = logBeta(a + bad, b + seen - bad) - logBeta(a, b);
  const atLimit = bad * Math.log(limit) + (seen - bad) * Math.log1p(-limit);
  return mixture - atLimit >= -Math.log(delta);
}
