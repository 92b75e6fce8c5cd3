import type { QualityTable, Split } from "../quality-table.ts";
import { textOfPrompt } from "../text-of-prompt.ts";
import type { Duplicates } from "./find-duplicates.ts";

/** One pair on two sides of a split. */
interface Leak {
  readonly a: string;
  readonly b: string;
  readonly splits: readonly [Split, Split];
  readonly similarity: number;
  readonly texts: readonly [string, string];
}

export interface DuplicateReport {
  readonly prompts: number;
  /** Prompts that repeat an earlier one, exactly and nearly. */
  readonly exact: number;
  readonly near: number;
  /** Clusters of two prompts and more, and the largest. */
  readonly clusters: number;
  readonly largest: number;
  /** Clusters whose prompts lie on two sides, and pairs that show it; between groups and sides as given. */
  readonly leakingClusters: number;
  readonly leaks: readonly Leak[];
}

const SHOWN_CHARACTERS = 120;

/** What the duplicates of a table are; `splitOf` says on which side each row lies. */
export function reportDuplicates(
  table: QualityTable,
  { clusters, pairs }: Duplicates,
  splitOf: (row: number) => Split | null,
): DuplicateReport {
  const sizes = new Map<number, number>();
  const sides = new Map<number, Set<Split>>();
  clusters.forEach((cluster, row) => {
    sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
    const split = splitOf(row);
    if (split !== null) sides.set(cluster, (sides.get(cluster) ?? new Set()).add(split));
  });
  const text = (row: number) => textOfPrompt(table.prompts[row]!).slice(0, SHOWN_CHARACTERS);
  const leaks = pairs.flatMap(({ a, b, similarity }): Leak[] => {
    const [one, two] = [splitOf(a), splitOf(b)];
    if (one === null || two === null || one === two) return [];
    const ids = [table.prompts[a]!.promptId, table.prompts[b]!.promptId] as const;
    return [{ a: ids[0], b: ids[1], splits: [one, two], similarity, texts: [text(a), text(b)] }];
  });
  const many = [...sizes.values()].filter((size) => size > 1);
  return {
    prompts: clusters.length,
    exact: pairs.filter(({ similarity }) => similarity === 1).length,
    near: new Set(pairs.filter(({ similarity }) => similarity < 1).map(({ b }) => b)).size,
    clusters: many.length,
    largest: many.reduce((most, size) => Math.max(most, size), 1),
    leakingClusters: [...sides.values()].filter((set) => set.size > 1).length,
    leaks,
  };
}
