/** Models whose answers are known, by index, rising. */
export type Called = readonly number[];

/** A pool has so many models at most: a set of them is one number. */
export const MOST_POOL_MODELS = 30;
export const NOTHING_CALLED = 0;

/**
 * Prompts seen through a pool of models: what was expected of each model before any call, what was expected once some had
 * answered, and what came. Matrices are [rows x models] row-major.
 */
export interface InformedRows {
  readonly rows: number;
  readonly models: number;
  /** By the bits of the models that answered; 0, no answers, is always there. */
  readonly quality: ReadonlyMap<number, Float32Array>;
  /** In [0, 1], NaN where unknown. */
  readonly observed: Float32Array;
  /** What each model costs, in any one unit, as a decision sees it. */
  readonly cost: Float32Array;
}

export function calledBits(called: Called): number {
  return called.reduce((bits, model) => bits | (1 << model), 0);
}

/** The models of a set's bits, rising. */
export function calledOf(bits: number): Called {
  return Array.from({ length: MOST_POOL_MODELS }, (_, model) => model).filter((model) => (bits >> model) & 1);
}
