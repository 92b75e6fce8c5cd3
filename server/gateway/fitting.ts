import type { Candidate } from "../../engine/schema/candidate.ts";

/**
 * Only candidates whose context holds the prompt, in their order. When none does, the roomiest are kept: our count is an
 * estimate, and the vendor's own word is better than ours.
 */
export function fittingFirst(candidates: readonly Candidate[], inputTokens: number): readonly Candidate[] {
  const roomOf = ({ contextTokens }: Candidate) => contextTokens ?? Number.POSITIVE_INFINITY;
  const fitting = candidates.filter((candidate) => inputTokens <= roomOf(candidate));
  if (fitting.length > 0) return fitting;
  const most = Math.max(...candidates.map(roomOf));
  return candidates.filter((candidate) => roomOf(candidate) === most);
}
