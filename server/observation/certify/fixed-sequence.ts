/** One threshold of the walk, and what the test said of it. */
export interface SequenceStep {
  readonly index: number;
  readonly pValue: number;
  readonly isAccepted: boolean;
}

/**
 * Learn then Test over thresholds from the most careful to the boldest: goes on while the test rejects "too risky" at delta
 * and stops for good at the first that fails. The last one accepted has a risk of at most alpha with probability
 * 1 - delta, however many there are; the order must be fixed before the losses are seen.
 *
 * @returns every step taken, the failing one last
 * @source  Angelopoulos et al., arXiv:2110.01052, fixed sequence testing
 */
export function walkThresholds(count: number, pValueAt: (index: number) => number, delta: number): SequenceStep[] {
  const steps: SequenceStep[] = [];
  for (let index = 0; index < count; index++) {
    const pValue = pValueAt(index);
    steps.push({ index, pValue, isAccepted: pValue <= delta });
    if (pValue > delta) break;
  }
  return steps;
}

/** Index of the last threshold accepted; -1: none. */
export function lastAccepted(steps: readonly SequenceStep[]): number {
  return steps.filter(({ isAccepted }) => isAccepted).length - 1;
}
