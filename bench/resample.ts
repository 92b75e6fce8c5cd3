import type { Rng } from "../engine/rng.ts";

/** Row positions of each group. */
export function groupMembers(group: Int32Array, groupCount: number): readonly Int32Array[] {
  const members = Array.from({ length: groupCount }, (): number[] => []);
  group.forEach((index, row) => {
    members[index]!.push(row);
  });
  return members.map((rows) => Int32Array.from(rows));
}

/**
 * Row positions of whole groups drawn with replacement, as many groups as there are. The same draw serves every contender,
 * so differences are paired.
 */
export function drawGroups(members: readonly Int32Array[], rng: Rng): Int32Array {
  const drawn = members.map(() => members[Math.floor(rng.next() * members.length)]!);
  const rows = new Int32Array(drawn.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const group of drawn) {
    rows.set(group, at);
    at += group.length;
  }
  return rows;
}
