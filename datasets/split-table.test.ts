import { describe, expect, it } from "vitest";
import type { Split } from "./quality-table.ts";
import { readDataFolder } from "./read-data-folder.ts";
import { splitTable } from "./split-table.ts";
import { sharedData } from "./testing/shared-data.ts";
import { tableOf } from "./testing/table-of.ts";

const SHARES = { seed: 1, train: 0.6, calibration: 0.2, test: 0.2 };
const filler = (at: number) => Array.from({ length: 20 }, (_, word) => `w${at}x${word}`).join(" ");
const near = (at: number) => filler(at).replace(`w${at}x10`, "changed");

/** 30 texts, the first ten with a near copy in a group of its own. */
const copies = tableOf([
  ...Array.from({ length: 30 }, (_, at) => ({ text: filler(at) })),
  ...Array.from({ length: 10 }, (_, at) => ({ text: near(at) })),
]);
const given = (splits: readonly Split[]) => ({
  ...copies,
  prompts: copies.prompts.map((prompt, row) => ({ ...prompt, split: splits[row]! })),
});
const leaking = given(copies.prompts.map((_, row): Split => (row < 20 ? "train" : row < 30 ? "calibration" : "test")));

describe("splitTable", () => {
  it("puts near duplicates on one side by joining their groups", () => {
    // One word of 20 changed: 15 of 21 runs are common.
    const { splitOf, duplicates } = splitTable(copies, { ...SHARES, threshold: 0.7 });
    expect(duplicates).toMatchObject({ exact: 0, near: 10, clusters: 10, leakingClusters: 0 });
    for (let at = 0; at < 10; at++) expect(splitOf[30 + at]).toBe(splitOf[at]);
  });

  it("refuses a kept split with near duplicates on two sides, naming pairs and the way out", () => {
    const split = () => splitTable(leaking, { ...SHARES, keepGiven: true, threshold: 0.7 });
    expect(split).toThrow(expect.objectContaining({ code: "split_leaks" }));
    expect(split).toThrow(/10 clusters.*--on-leak drop/);
  });

  it("drops the training copies and leaves test whole", () => {
    const { rows, dropped } = splitTable(leaking, { ...SHARES, keepGiven: true, onLeak: "drop", threshold: 0.7 });
    expect([dropped, rows.test.length, rows.calibration.length, rows.train.length]).toEqual([10, 10, 10, 10]);
    expect([...rows.train]).toEqual(Array.from({ length: 10 }, (_, at) => 10 + at));
  });

  it("carves calibration out of a kept train without making a leak of its own", () => {
    const allTrain = given(copies.prompts.map((): Split => "train"));
    for (let seed = 0; seed < 5; seed++) {
      const { splitOf } = splitTable(allTrain, { ...SHARES, seed, keepGiven: true, threshold: 0.7 });
      for (let at = 0; at < 10; at++) expect(splitOf[30 + at]).toBe(splitOf[at]);
    }
  });

  it("lets a row without a split follow its near duplicate in test", () => {
    const prompts = copies.prompts.map((prompt, row) => ({ ...prompt, split: row < 10 ? ("test" as const) : null }));
    const { splitOf } = splitTable({ ...copies, prompts }, { ...SHARES, keepGiven: true, threshold: 0.7 });
    expect(splitOf.slice(30)).toEqual(new Array(10).fill("test"));
  });

  it("says that joined groups cut a kept split", () => {
    expect(() => splitTable(leaking, { ...SHARES, keepGiven: true, onLeak: "regroup", threshold: 0.7 })).toThrow(
      /given in both/,
    );
  });
});

describe.skipIf(sharedData === null)("splitTable on the shared data (skipped without it)", () => {
  it("finds the given split of zeroeval free of near duplicates", async () => {
    const table = await readDataFolder(sharedData!, { sources: ["zeroeval"] });
    const { rows } = splitTable(table, { ...SHARES, keepGiven: true });
    expect(rows.test).toHaveLength(572);
    // A quarter of the given train, by group.
    expect(rows.calibration.length / 1657).toBeCloseTo(0.25, 1);
  });
});
