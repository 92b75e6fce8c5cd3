import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { apgr } from "./apgr.ts";
import { callCurve } from "./call-curve.ts";
import { cpt, cptHull } from "./cpt.ts";
import { cptRoutellm, numpyInterp } from "./cpt-routellm.ts";
import { dollarCurve } from "./dollar-curve.ts";
import { pgr } from "./pgr.ts";
import { routellmCurve } from "./routellm-curve.ts";

describe("callCurve", () => {
  it("sends the prompts of highest gain to strong first", () => {
    // by hand: weak 0 1 0, strong 1 1 1; order row 0, row 2, row 1
    expect(callCurve([0.9, 0.1, 0.5], [0, 1, 0], [1, 1, 1])).toEqual([
      [0, 1 / 3],
      [1 / 3, 2 / 3],
      [2 / 3, 1],
      [1, 1],
    ]);
  });

  it("keeps prompts of equal gain together", () => {
    expect(callCurve([0.5, 0.5, 0.5], [0, 1, 0], [1, 1, 1])).toEqual([
      [0, 1 / 3],
      [1, 1],
    ]);
  });

  it("refuses what is empty, unequal or not finite", () => {
    expect(() => callCurve([], [], [])).toThrow(/at least one prompt/);
    expect(() => callCurve([1], [1, 2], [1])).toThrow(/differ in length/);
    expect(() => callCurve([Number.NaN], [1], [1])).toThrow(/row 0/);
  });
});

describe("routellmCurve", () => {
  const { gain, weak, strong } = fixedPair();
  const anchors = { weak: mean(weak), strong: mean(strong) };

  it("has the points, APGR and CPT that numpy gives for evaluate.py's protocol", () => {
    // numpy 2.4: np.quantile edges, >= but the last, np.trapezoid, np.interp, on the same 37 rows
    const curve = routellmCurve(gain, weak, strong);
    expect(curve.map(([rate]) => Math.round(rate * 37))).toEqual([0, 4, 12, 16, 23, 26, 30, 35, 37]);
    expect(curve[3]![1]).toBeCloseTo(0.6486486486486487, 12);
    expect(apgr(curve, anchors)).toBeCloseTo(0.5751689189189189, 12);
    expect(cptRoutellm(curve, anchors, 0.2)).toBeCloseTo(0.12252252252252253, 12);
    expect(cptRoutellm(curve, anchors, 0.5)).toBeCloseTo(0.39639639639639634, 12);
    expect(cptRoutellm(curve, anchors, 0.8)).toBeCloseTo(0.7459459459459462, 12);
  });

  it("gives a router that knows nothing an APGR of one half", () => {
    expect(apgr(routellmCurve(new Float32Array(37), weak, strong), anchors)).toBeCloseTo(0.5, 12);
  });

  it("agrees with the exact curve when there are as many bins as prompts", () => {
    const rng = seededRng(1);
    const distinct = gain.map((each) => each + 1e-3 * rng.next());
    const fine = apgr(routellmCurve(distinct, weak, strong, 36), anchors);
    expect(fine).toBeCloseTo(apgr(callCurve(distinct, weak, strong), anchors), 1);
  });
});

describe("numpyInterp", () => {
  it("finds what numpy finds also where xs fall", () => {
    // numpy 2.4, np.interp(x, xs, ys), one x a call
    const xs = [0.1, 0.3, 0.2, 0.5, 0.4, 0.45, 0.6, 0.55, 0.7, 0.65, 0.9];
    const ys = xs.map((_, i) => i / 10);
    const expected = [0, 0.025, 0.075, 0.25, 0.82 / 3, 0.29, 1.64 / 3, 1.76 / 3, 2.24 / 3, 0.912, 1];
    const at = [0.05, 0.15, 0.25, 0.35, 0.42, 0.47, 0.52, 0.58, 0.62, 0.68, 0.95];
    at.forEach((x, i) => {
      expect(numpyInterp(x, xs, ys)).toBeCloseTo(expected[i]!, 12);
    });
  });
});

describe("apgr", () => {
  it.each([
    {
      name: "random mixing recovers half the gap",
      curve: [
        [0, 0.4],
        [1, 0.8],
      ],
      expected: 0.5,
    },
    {
      name: "strong quality at every rate recovers all",
      curve: [
        [0, 0.8],
        [1, 0.8],
      ],
      expected: 1,
    },
    {
      name: "weak quality until the end recovers nothing",
      curve: [
        [0, 0.4],
        [1, 0.4],
      ],
      expected: 0,
    },
  ] as const)("$name", ({ curve, expected }) => {
    expect(apgr(curve, { weak: 0.4, strong: 0.8 })).toBeCloseTo(expected, 12);
  });

  it("refuses a pair without a gap", () => {
    expect(() =>
      apgr(
        [
          [0, 0.4],
          [1, 0.4],
        ],
        { weak: 0.4, strong: 0.4 },
      ),
    ).toThrow(expect.objectContaining({ code: "flat_gap" }));
  });
});

describe("cpt", () => {
  const anchors = { weak: 0, strong: 1 };
  it("stops at the first crossing of a curve that falls later", () => {
    // by hand: from (0.2, 0.4) to (0.4, 0.6) the target 0.5 lies half way
    const curve = [
      [0, 0],
      [0.2, 0.4],
      [0.4, 0.6],
      [0.6, 0.5],
      [1, 1],
    ] as const;
    expect(cpt(curve, anchors, 0.5)).toBeCloseTo(0.3, 12);
  });

  it("has a hull variant that is never above it, and both rise with the share", () => {
    const rng = seededRng(5);
    for (let trial = 0; trial < 30; trial++) {
      const rows = Array.from({ length: 60 }, () => rng.next());
      const weak = rows.map(() => (rng.next() < 0.4 ? 1 : 0));
      const strong = rows.map((_, i) => (i < 5 || rng.next() < 0.8 ? 1 : 0));
      const ends = { weak: mean(weak), strong: mean(strong) };
      if (ends.strong <= ends.weak) continue;
      const curve = callCurve(rows, weak, strong);
      let before = 0;
      for (const share of [0.2, 0.5, 0.8, 1]) {
        const exact = cpt(curve, ends, share)!;
        expect(cptHull(curve, ends, share)!).toBeLessThanOrEqual(exact + 1e-9);
        expect(exact).toBeGreaterThanOrEqual(before);
        before = exact;
      }
    }
  });

  it("is null when the curve never gets there", () => {
    expect(
      cpt(
        [
          [0, 0],
          [1, 0.4],
        ],
        anchors,
        0.5,
      ),
    ).toBeNull();
  });
});

describe("dollarCurve", () => {
  it("equals the call curve when every answer of a model costs the same", () => {
    const { gain, weak, strong } = fixedPair();
    const costs = { weak: weak.map(() => 1), strong: strong.map(() => 5) };
    const calls = callCurve(gain, weak, strong);
    dollarCurve(gain, weak, strong, costs).forEach(([rate, quality], i) => {
      expect(rate).toBeCloseTo(calls[i]![0], 12);
      expect(quality).toBeCloseTo(calls[i]![1], 12);
    });
  });

  it("charges a router that sends the dear prompts to strong", () => {
    // by hand: row 0 costs 9 of the 10 extra, so after one call the rate is 0.9
    const curve = dollarCurve([2, 1], [0, 0], [1, 1], { weak: [0, 0], strong: [9, 1] });
    expect(curve[1]).toEqual([0.9, 0.5]);
  });
});

describe("pgr", () => {
  it("is the share of the gap that was closed", () => {
    expect(pgr(0.7, { weak: 0.5, strong: 0.9 })).toBeCloseTo(0.5, 12);
  });
});

/** 37 rows by a linear congruential generator, so that numpy can be given the very same. */
function fixedPair() {
  const gain = generate(1).map((u) => Math.round(u * 12) / 12);
  const weak = generate(2).map((u) => (u < 0.45 ? 1 : 0));
  const strong = generate(3).map((u, i) => (u < 0.45 + 0.5 * gain[i]! ? 1 : 0));
  return { gain, weak, strong };
}

function generate(seed: number): number[] {
  let state = seed;
  return Array.from({ length: 37 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 2 ** 31;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
