import { describe, expect, it } from "vitest";
import { groupPosition, studySplit, withoutSharedGroups } from "./splits.ts";
import { poolOf } from "./testing/pool-of.ts";

const { prompts } = poolOf(
  ["a", "b"],
  Array.from({ length: 500 }, (_, row) => ({ quality: [0, 1], group: row % 170 })),
);
const table = { prompts } as Parameters<typeof studySplit>[0]; // only prompts are read

describe("studySplit", () => {
  it("places a group where SHA-1 of seed|group puts it", () => {
    // Python: int.from_bytes(hashlib.sha1(b"0|abc").digest()[:4], "big") / 2**32
    expect(groupPosition("abc", 0)).toBeCloseTo(0.801509301410988, 12);
    expect(groupPosition("abc", 1)).toBeCloseTo(0.8637368874624372, 12);
  });

  it("puts every row somewhere and cuts no group", () => {
    const { train, calibration, test } = studySplit(table, 0);
    expect(train.length + calibration.length + test.length).toBe(500);
    const groups = (rows: Int32Array) => new Set(Array.from(rows, (row) => prompts[row]!.group));
    const all = [groups(train), groups(calibration), groups(test)];
    expect(all.reduce((sum, { size }) => sum + size, 0)).toBe(170);
  });

  it("leaves out rows whose question stands on the other side", () => {
    expect([...withoutSharedGroups(table, Int32Array.of(0, 1, 2), Int32Array.of(171))]).toEqual([0, 2]);
  });
});
