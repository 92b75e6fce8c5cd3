import type { Rng } from "../../engine/rng.ts";

/**
 * Paired permutation test of a mean difference: signs are flipped at random, whole groups together.
 *
 * @param difference [n] first policy's outcome minus second's, a prompt; rows with NaN are left out
 * @param group      [n] rows that flip together; every row alone when left out
 * @returns          two-sided p-value in (0, 1], never below 1 / (permutations + 1)
 * @source           Fisher 1935; Phipson & Smyth 2010 for the added one
 */
export function permutationTest(
  difference: ArrayLike<number>,
  rng: Rng,
  { group, permutations = 2000 }: { readonly group?: ArrayLike<number>; readonly permutations?: number } = {},
): number {
  const sums = new Map<number, number>();
  for (let i = 0; i < difference.length; i++) {
    if (Number.isNaN(difference[i])) continue;
    const key = group === undefined ? i : group[i]!;
    sums.set(key, (sums.get(key) ?? 0) + difference[i]!);
  }
  const parts = Float64Array.from(sums.values()).filter((sum) => sum !== 0);
  const seen = Math.abs(parts.reduce((sum, part) => sum + part, 0));
  // Sums of the same parts in another order are equal but for rounding.
  const bar = seen - 1e-9 * (1 + seen);
  let asFar = 1;
  for (let i = 0; i < permutations; i++) {
    let sum = 0;
    for (let j = 0; j < parts.length; j++) sum += rng.next() < 0.5 ? parts[j]! : -parts[j]!;
    if (Math.abs(sum) >= bar) asFar++;
  }
  return asFar / (permutations + 1);
}
