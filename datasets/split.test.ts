import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Split } from "./quality-table.ts";
import { splitByGroup } from "./split.ts";
import { tableOf } from "./testing/table-of.ts";

const SHARES = { seed: 1, train: 0.6, calibration: 0.2, test: 0.2 };
const table = (groups: readonly string[], splits: readonly (Split | null)[] = []) =>
  tableOf(groups.map((group, row) => ({ text: `prompt ${row}`, group, split: splits[row] ?? null })));

describe("splitByGroup", () => {
  it("puts every row in one part, no group in two, and meets the shares within two groups' size", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 300 }), fc.nat(), (groups, seed) => {
        const data = table(groups.map((group) => `g${group}`));
        const parts = splitByGroup(data, { ...SHARES, seed });
        const all = [...parts.train, ...parts.calibration, ...parts.test].sort((a, b) => a - b);
        expect(all).toEqual(data.prompts.map((_, row) => row));
        const sides = new Map<string, string>();
        for (const name of ["train", "calibration", "test"] as const) {
          for (const row of parts[name]) {
            const group = data.prompts[row]!.group;
            expect(sides.get(group) ?? name).toBe(name);
            sides.set(group, name);
          }
        }
        const sizes = new Map<string, number>();
        for (const { group } of data.prompts) sizes.set(group, (sizes.get(group) ?? 0) + 1);
        const largest = Math.max(...sizes.values());
        expect(Math.abs(parts.test.length - 0.2 * groups.length)).toBeLessThanOrEqual(2 * largest);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  it("gives the same parts for the same seed, others for another, whatever the order of rows", () => {
    const groups = Array.from({ length: 200 }, (_, at) => `g${at}`);
    const once = splitByGroup(table(groups), SHARES);
    expect(splitByGroup(table(groups), SHARES)).toEqual(once);
    expect(splitByGroup(table(groups), { ...SHARES, seed: 2 })).not.toEqual(once);
    const backwards = splitByGroup(table([...groups].reverse()), SHARES);
    const groupsOf = (rows: Int32Array, names: readonly string[]) => [...rows].map((row) => names[row]).sort();
    expect(groupsOf(backwards.test, [...groups].reverse())).toEqual(groupsOf(once.test, groups));
  });

  it("keeps a given split and carves calibration out of its train by group", () => {
    const groups = Array.from({ length: 100 }, (_, at) => `g${Math.floor(at / 2)}`);
    const given = groups.map((_, at): Split => (at < 80 ? "train" : "test"));
    const parts = splitByGroup(table(groups, given), { ...SHARES, keepGiven: true });
    expect([...parts.test]).toEqual(Array.from({ length: 20 }, (_, at) => 80 + at));
    expect(parts.calibration).toHaveLength(20);
    expect(parts.train).toHaveLength(60);
  });

  it("keeps all of the given train when no calibration is wanted or one is given", () => {
    const given: Split[] = ["train", "train", "train", "test"];
    const parts = splitByGroup(table(["a", "b", "c", "d"], given), {
      ...SHARES,
      train: 0.8,
      calibration: 0,
      keepGiven: true,
    });
    expect([...parts.train]).toEqual([0, 1, 2]);
    const withOwn = splitByGroup(table(["a", "b", "c", "d"], ["train", "calibration", "train", "test"]), {
      ...SHARES,
      keepGiven: true,
    });
    expect([[...withOwn.train], [...withOwn.calibration], [...withOwn.test]]).toEqual([[0, 2], [1], [3]]);
  });

  it("lets rows without a split follow the given ones of their group", () => {
    const parts = splitByGroup(table(["a", "a", "b"], [null, "test", "train"]), {
      ...SHARES,
      train: 1,
      calibration: 0,
      test: 0,
      keepGiven: true,
    });
    expect([...parts.test]).toEqual([0, 1]);
  });

  it("refuses a given split that cuts a group, naming the group", () => {
    const leaking = table(["a", "a"], ["train", "test"]);
    expect(() => splitByGroup(leaking, { ...SHARES, keepGiven: true })).toThrow(/group a /);
    expect(splitByGroup(leaking, SHARES).train.length).toBe(2);
  });

  it.each([
    { train: 0.5, calibration: 0.2, test: 0.2 },
    { train: Number.NaN, calibration: 0.5, test: 0.5 },
    { train: 1.5, calibration: -0.5, test: 0 },
  ])("refuses the shares $train, $calibration, $test", (shares) => {
    expect(() => splitByGroup(table(["a"]), { seed: 1, ...shares })).toThrow(
      expect.objectContaining({ code: "split_invalid" }),
    );
  });
});
