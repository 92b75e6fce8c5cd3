import { describe, expect, it } from "vitest";
import { nextNormal, seededRng } from "../../engine/rng.ts";
import { bootstrap, pairedBootstrap } from "./bootstrap.ts";
import { permutationTest } from "./permutation-test.ts";
import { quantile } from "./quantile.ts";

const meanOf = (values: ArrayLike<number>) => (rows: Int32Array) =>
  rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length;

describe("quantile", () => {
  it("interpolates as numpy does", () => {
    // numpy.quantile([1, 2, 4, 8], [0, .25, .5, .9, 1])
    const expected = [1, 1.75, 3, 6.8, 8];
    [0, 0.25, 0.5, 0.9, 1].forEach((share, i) => {
      expect(quantile([1, 2, 4, 8], share)).toBeCloseTo(expected[i]!, 12);
    });
  });
});

describe("bootstrap", () => {
  it("covers the true mean about as often as it says", () => {
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const rng = seededRng(trial);
      const values = Float64Array.from({ length: 60 }, () => nextNormal(rng));
      const { low, high } = bootstrap(60, meanOf(values), rng, { resamples: 200 });
      if (low <= 0 && high >= 0) covered++;
    }
    // 200 trials at .95 less the small-sample bias of percentiles: 3 standard errors either side
    expect(covered).toBeGreaterThan(175);
    expect(covered).toBeLessThan(200);
  });

  it("widens when rows come in groups that agree", () => {
    const rng = seededRng(1);
    const byGroup = Array.from({ length: 20 }, () => nextNormal(rng));
    const group = Int32Array.from({ length: 200 }, (_, i) => Math.floor(i / 10));
    const values = Array.from(group, (g) => byGroup[g]!);
    const alone = bootstrap(200, meanOf(values), seededRng(2));
    const together = bootstrap(200, meanOf(values), seededRng(2), { group });
    expect(together.high - together.low).toBeGreaterThan(2 * (alone.high - alone.low));
  });

  it("gives the same interval for the same seed", () => {
    const values = [1, 2, 3, 4, 9];
    expect(bootstrap(5, meanOf(values), seededRng(3))).toEqual(bootstrap(5, meanOf(values), seededRng(3)));
  });
});

describe("pairedBootstrap", () => {
  it("tells a small steady difference apart that unpaired intervals hide", () => {
    const rng = seededRng(4);
    const first = Array.from({ length: 100 }, () => nextNormal(rng));
    const second = first.map((value) => value - 0.1 + 0.05 * nextNormal(rng));
    const paired = pairedBootstrap(100, meanOf(first), meanOf(second), seededRng(5));
    expect(paired.distinguishable).toBe(true);
    expect(paired.value).toBeCloseTo(0.1, 1);
  });

  it("says not distinguishable for a policy against itself", () => {
    const values = [0, 1, 1, 0, 1];
    const same = pairedBootstrap(5, meanOf(values), meanOf(values), seededRng(6));
    expect(same).toEqual({ value: 0, low: 0, high: 0, distinguishable: false });
  });
});

describe("permutationTest", () => {
  it("gives a sure difference the least p-value it can", () => {
    expect(permutationTest(new Float64Array(40).fill(0.1), seededRng(1), { permutations: 999 })).toBe(1 / 1000);
  });

  it("gives no difference a p-value of one, and groups that agree a larger one", () => {
    expect(permutationTest([0, 0, 0], seededRng(1))).toBe(1);
    const difference = new Float64Array(40).fill(0.1);
    const group = Int32Array.from({ length: 40 }, (_, i) => Math.floor(i / 10));
    // by hand: four groups of one sign, two of sixteen sign patterns are as far out
    expect(permutationTest(difference, seededRng(2), { group })).toBeCloseTo(2 / 16, 1);
  });
});
