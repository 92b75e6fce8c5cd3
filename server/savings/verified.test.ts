import { beforeAll, describe, expect, it } from "vitest";
import { invoiceMonth, type MonthBasis } from "./invoice.ts";
import { checkQuality, type Verdict } from "./quality-gate.ts";
import { checkSampleRatio } from "./sample-ratio.ts";
import { measureSavings, type SavingsCoverage } from "./simulation/savings-coverage.ts";
import { PRICE_CUT } from "./simulation/simulated-savings.ts";
import { verifySaving } from "./verified.ts";

describe("verified saving", () => {
  it("is the repriced treated sessions, debiased by the holdout", () => {
    // By hand, first day, so g is what was foretold: treated (10 - 4) + (20 - 9), holdout weight .5/.5: (13 - 10).
    const found = verifySaving(
      {
        day: Int32Array.of(0, 0, 0),
        isHoldout: Uint8Array.of(0, 1, 0),
        holdoutShare: Float64Array.of(0.5, 0.5, 0.5),
        expected: Float64Array.of(10, 10, 20),
        cost: Float64Array.of(4, 13, 9),
      },
      { confidence: 0.95, tuned: 100 },
    );
    expect(found).toMatchObject({ saved: { value: 20 }, treated: 2, holdout: 1, treatedCost: 13, lowerBound: null });
    expect(found.saved.low).toBe(Number.NEGATIVE_INFINITY);
  });
});

/** The 1,000 runs are `weir bench --study savings`; here 60 of 30 days each. */
describe("simulated traffic with a price cut, cold caches, longer follow-ups and a router that picks easy sessions", () => {
  const RUNS = 60;
  let found: SavingsCoverage;
  beforeAll(() => {
    found = measureSavings({ ...PRICE_CUT, days: 30, priceOn: (day) => (day < 15 ? 1 : 0.5) }, RUNS, 5);
  });

  it("keeps its lower bound below the true saving on every day", () => {
    expect(found.boundHeld).toBeGreaterThanOrEqual(0.95 * RUNS);
    expect(found.intervalHeld).toBeGreaterThanOrEqual(51); // 50 or fewer once in 1,000 at 95 %
  });

  it("shows repricing, and routed sessions against the holdout, to be wrong", () => {
    expect(found.repricedOverstated).toBe(RUNS);
    expect(found.repriced).toBeGreaterThan(2);
    expect(found.routedAgainstHoldout).toBeGreaterThan(1.5);
  });

  it("estimates without bias", () => {
    expect(Math.abs(found.estimate - 1)).toBeLessThan(0.35);
  });
});

describe("sample ratio", () => {
  it("matches the beta mixture by scipy", () => {
    // scipy.special.betaln with Beta(50, 950): 2406.55 and .30105
    expect(checkSampleRatio([{ share: 0.05, holdout: 600, treatment: 9400 }]).evidence / 2406.5469).toBeCloseTo(1, 4);
    expect(checkSampleRatio([{ share: 0.05, holdout: 500, treatment: 9500 }]).evidence).toBeCloseTo(0.30105, 4);
  });

  it("finds lost holdout sessions, and is quiet where nothing is wrong", () => {
    expect(checkSampleRatio([{ share: 0.05, holdout: 350, treatment: 9500 }])).toMatchObject({ isBroken: true });
    expect(checkSampleRatio([{ share: 0.05, holdout: 520, treatment: 9480 }])).toMatchObject({ isBroken: false });
    expect(checkSampleRatio([])).toEqual({ pValue: 1, evidence: 1, isBroken: false });
  });
});

describe("quality gate", () => {
  const options = { confidence: 0.95, tuned: 500 };
  const pairs = (count: number, score: number): Verdict[] =>
    Array.from({ length: count }, (_, i) => ({
      session: `s${i}`,
      isHoldout: false,
      score: score + (i % 2 === 0 ? 0.1 : -0.1),
      isPaired: true,
      inclusion: 0.5,
    }));

  it("holds when the loss is shown to be within the margin", () => {
    expect(checkQuality(pairs(400, 0), pairs(400, 0), 0.03, options).state).toBe("held");
  });

  it("fails when a loss beyond the margin is shown, by all verdicts or by the month's own", () => {
    expect(checkQuality(pairs(400, -0.05), [], 0.03, options).state).toBe("failed");
    const before = pairs(5000, 0.01);
    const month = pairs(400, -0.1).map((verdict) => ({ ...verdict, session: `later ${verdict.session}` }));
    expect(checkQuality([...before, ...month], month, 0.03, options).state).toBe("failed");
  });

  it("says that nothing is shown where the margin lies between the bounds", () => {
    const { state, difference } = checkQuality(pairs(400, -0.03), [], 0.03, options);
    expect(state).toBe("not_shown");
    expect(difference!.low).toBeLessThan(-0.03);
    expect(difference!.high).toBeGreaterThan(-0.03);
  });

  it("is not surer than its number of verdicts, however alike they are", () => {
    const alike = (n: number) =>
      Array.from(
        { length: n },
        (_, i): Verdict => ({ session: `s${i}`, isHoldout: false, score: 0, isPaired: true, inclusion: 1 }),
      );
    // Rule of three: 0.98 ** 150 = 0.048, so 150 verdicts without a loss leave a loss of about 2 % open.
    const few = checkQuality(alike(150), [], 0.01, options);
    expect(few.state).toBe("not_shown");
    expect(few.difference!.low).toBeCloseTo(-0.02, 3);
    expect(checkQuality(alike(2_000), [], 0.01, options).state).toBe("held");
  });

  it("is unmeasured with few verdicts", () => {
    expect(checkQuality(pairs(99, 0), [], 0.03, options)).toMatchObject({ state: "unmeasured", difference: null });
  });

  it("compares the arms where there are no pairs", () => {
    const arm = (isHoldout: boolean, score: number): Verdict[] =>
      pairs(3000, score).map((verdict) => ({
        ...verdict,
        isPaired: false,
        isHoldout,
        session: `${isHoldout} ${verdict.session}`,
      }));
    const found = checkQuality([...arm(false, 0.7), ...arm(true, 0.7)], [], 0.03, options);
    expect(found).toMatchObject({ state: "held", difference: { method: "arms_sequence" } });
    expect(checkQuality([...arm(false, 0.6), ...arm(true, 0.7)], [], 0.03, options).state).toBe("failed");
  });
});

describe("invoice", () => {
  const basis: MonthBasis = {
    lowerBound: 1000,
    feeShare: 0.2,
    quality: { state: "held", difference: null, margin: 0.03 },
    sampleRatio: { pValue: 1, evidence: 1, isBroken: false },
    unpriced: 0,
  };

  it("bills a fifth of what the lower bound rose by, and carries lost months forward", () => {
    const bounds = [1000, 400, 900, 1500];
    let settled = 0;
    const fees = bounds.map((lowerBound) => {
      const invoice = invoiceMonth({ ...basis, lowerBound }, settled);
      settled = invoice.settledAfter;
      return invoice.feeNanoUsd;
    });
    expect(fees).toEqual([200, 0, 0, 100]);
  });

  it.each([
    ["quality_gate_failed", { quality: { ...basis.quality, state: "failed" } }],
    ["quality_not_shown", { quality: { ...basis.quality, state: "not_shown" } }],
    ["quality_unmeasured", { quality: { ...basis.quality, state: "unmeasured" } }],
    ["sample_ratio_mismatch", { sampleRatio: { ...basis.sampleRatio, isBroken: true } }],
    ["unpriced_requests", { unpriced: 1 }],
    ["below_high_water_mark", { lowerBound: -5 }],
    ["too_few_holdout_sessions", { lowerBound: null }],
  ] as const)("bills nothing: %s", (noFeeBecause, change) => {
    expect(invoiceMonth({ ...basis, ...change }, 0)).toMatchObject({ feeNanoUsd: 0, noFeeBecause });
  });

  it("never bills later what a month with failed quality saved", () => {
    const failed = invoiceMonth({ ...basis, quality: { ...basis.quality, state: "failed" } }, 0);
    expect(invoiceMonth({ ...basis, lowerBound: 1200 }, failed.settledAfter).feeNanoUsd).toBe(40);
  });
});
