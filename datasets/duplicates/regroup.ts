import type { QualityTable } from "../quality-table.ts";

/**
 * The table with groups joined wherever a cluster of duplicates touches them: a split by these groups cuts neither a
 * given group nor a pair of near duplicates. A joined group is named after the alphabetically first of its groups.
 */
export function regroup(table: QualityTable, clusters: Int32Array): QualityTable {
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    while ((parents.get(root) ?? root) !== root) root = parents.get(root)!;
    if (root !== name) parents.set(name, root);
    return root;
  };
  clusters.forEach((cluster, row) => {
    const pair = [rootOf(table.prompts[cluster]!.group), rootOf(table.prompts[row]!.group)].sort();
    if (pair[0] !== pair[1]) parents.set(pair[1]!, pair[0]!);
  });
  const prompts = table.prompts.map((prompt) => {
    const group = rootOf(prompt.group);
    return group === prompt.group ? prompt : { ...prompt, group };
  });
  return { ...table, prompts };
}
