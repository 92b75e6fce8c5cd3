import { describe, expect, it } from "vitest";
import { seededRng } from "../../../engine/rng.ts";
import { aipw, influenceOf } from "./aipw.ts";
import { asymptoticSequence, oneSidedFactor, sequenceFactor } from "./asymptotic-sequence.ts";
import { bernsteinSequence } from "./bernstein-sequence.ts";
import { bettingLowerBound, bettingSequence } from "./betting-sequence.ts";
import { bcaBootstrap } from "./bootstrap.ts";
import { crossFit, foldsOf } from "./cross-fit.ts";
import { empiricalBernstein } from "./empirical-bernstein.ts";
import { clusteredMean } from "./estimate.ts";
import { effectiveSampleSize, hajek } from "./ipw.ts";
import { risingSteps } from "./judge-to-gold.ts";
import { offPolicyDifference, offPolicyValue } from "./off-policy.ts";
import { priceEnvelope } from "./price-envelope.ts";
import { savingShare } from "./ratio.ts";
import { auditsToCertify, mostLosses, pairsNeeded } from "./sample-size.ts";
import { simultaneousFactor } from "./simultaneous.ts";

/** frac(i x golden ratio), i = 1.. : the same numbers in the numpy reference. */
const golden = (n: number) => Float64Array.from({ length: n }, (_, i) => ((i + 1) * 0.6180339887498949) % 1);
const UNIT = { low: 0, high: 1 };

// Expected numbers without another note: numpy 2.4.6 / scipy 1.17.1, written from the papers' formulas apart from this code.
describe("means and their errors", () => {
  it("lets rows of a cluster depend on one another", () => {
    const found = clusteredMean(golden(12), [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
    expect(found.mean).toBeCloseTo(0.5172209268743169, 12);
    expect(found.standardError).toBeCloseTo(0.043790772149187585, 12);
    expect(found.n).toBe(4);
  });

  it("gives the usual standard error when every row is alone", () => {
    // By hand: variance of 1, 2, 3, 4 is 5/3; its root over 2.
    expect(clusteredMean(Float64Array.of(1, 2, 3, 4)).standardError).toBeCloseTo(Math.sqrt(5 / 3) / 2, 12);
  });

  it("weighs audited rows by the inverse of their chance", () => {
    // By hand: weights 1 and 4, so (0 x 1 + 1 x 4) / 5.
    const found = hajek({ outcome: Float64Array.of(0, 1), inclusion: Float64Array.of(1, 0.25) }, 0.95);
    expect(found.value).toBeCloseTo(0.8, 12);
    expect(effectiveSampleSize([1, 4])).toBeCloseTo(25 / 17, 12);
  });

  it("adds the judge's and the label's corrections by their chances", () => {
    // By hand: not audited f; audited f + (J - f)/pi = .5 + .5/.5; labelled besides + (0 - 1)/(.5 x .5).
    const influence = influenceOf({
      prediction: Float64Array.of(0.5, 0.5, 0.5),
      inclusion: Float64Array.of(0.5, 0.5, 0.5),
      isAudited: Uint8Array.of(0, 1, 1),
      judged: Float64Array.of(Number.NaN, 1, 1),
      gold: {
        inclusion: Float64Array.of(0.5, 0.5, 0.5),
        isLabelled: Uint8Array.of(0, 0, 1),
        value: Float64Array.of(Number.NaN, Number.NaN, 0),
      },
    });
    expect([...influence]).toEqual([0.5, 1.5, -2.5]);
  });

  it("is the plain mean when everything was audited, whatever was predicted", () => {
    const judged = golden(50);
    const rows = {
      prediction: golden(50).fill(7),
      inclusion: golden(50).fill(1),
      isAudited: new Uint8Array(50).fill(1),
    };
    expect(aipw({ ...rows, judged }, 0.95).value).toBeCloseTo(clusteredMean(judged).mean, 12);
  });

  it("takes a saving's error from the ratio of the means", () => {
    const found = savingShare(Float64Array.of(1, 2, 3, 4), Float64Array.of(2, 3, 5, 6));
    expect(found.mean).toBeCloseTo(0.375, 12);
    expect(found.standardError).toBeCloseTo(0.028527216536727403, 12);
  });
});

describe("bounded and anytime intervals", () => {
  it("matches empirical Bernstein", () => {
    const { low, high } = empiricalBernstein(golden(200), UNIT, 0.95);
    expect([low, high]).toEqual([expect.closeTo(0.3905966945552358, 10), expect.closeTo(0.6142350441736396, 10)]);
  });

  it("matches the predictable plug-in confidence sequence", () => {
    const { value, low, high } = bernsteinSequence(golden(200), UNIT, 0.95);
    expect(value).toBeCloseTo(0.5015906744436663, 10);
    expect([low, high]).toEqual([expect.closeTo(0.4305217996245927, 10), expect.closeTo(0.5709329363070091, 10)]);
  });

  it("matches the hedged betting sequence, and is narrower", () => {
    const { low, high } = bettingSequence(golden(200), UNIT, 0.95);
    expect([low, high]).toEqual([expect.closeTo(0.4397948426613721, 8), expect.closeTo(0.5631764436999751, 8)]);
  });

  it("moves with the range of the values", () => {
    const wide = bettingSequence(
      golden(200).map((x) => 4 * x - 3),
      { low: -3, high: 1 },
      0.95,
    );
    const unit = bettingSequence(golden(200), UNIT, 0.95);
    expect([wide.low, wide.high]).toEqual([expect.closeTo(4 * unit.low - 3, 8), expect.closeTo(4 * unit.high - 3, 8)]);
    expect(bettingLowerBound(golden(200), UNIT, 0.975)).toBeCloseTo(unit.low, 8);
  });

  it("says nothing before the first value", () => {
    for (const sequence of [bettingSequence, bernsteinSequence]) {
      expect(sequence(new Float64Array(0), UNIT, 0.95)).toMatchObject({ low: 0, high: 1, n: 0 });
    }
  });

  it("matches the normal mixture's width", () => {
    expect(sequenceFactor(1000, 0.05, 1000)).toBeCloseTo(3.035208990376253, 10);
    expect(sequenceFactor(200, 0.05, 1000)).toBeCloseTo(3.3638877257827815, 10);
    expect(sequenceFactor(10_000, 0.01, 1000)).toBeCloseTo(3.7533892043524566, 10);
    expect(oneSidedFactor(1000, 0.05, 1000)).toBeCloseTo(2.7790942353135217, 10);
    const { low, high } = asymptoticSequence({ mean: 1, standardError: 0.1, n: 1000 }, 0.95, 1000);
    expect([low, high]).toEqual([expect.closeTo(1 - 0.3035209, 6), expect.closeTo(1 + 0.3035209, 6)]);
  });
});

describe("resampling", () => {
  it("comes near scipy's BCa interval of a skewed mean", () => {
    // scipy.stats.bootstrap, 200,000 resamples: 2.7701 to 3.6752 on exp(2 x golden(60)).
    const values = golden(60).map((x) => Math.exp(2 * x));
    const found = bcaBootstrap(
      60,
      (times) => {
        let [sum, count] = [0, 0];
        for (let i = 0; i < 60; i++) {
          sum += times[i]! * values[i]!;
          count += times[i]!;
        }
        return sum / count;
      },
      { confidence: 0.95, rng: seededRng(1), resamples: 20_000 },
    );
    expect(found.value).toBeCloseTo(3.1919096070986583, 10);
    expect(Math.abs(found.low - 2.7701)).toBeLessThan(0.015);
    expect(Math.abs(found.high - 3.6752)).toBeLessThan(0.015);
  });

  it("asks of several independent estimates what their joint law asks, and of equal ones no more than of one", () => {
    const rng = seededRng(2);
    const independent = Array.from({ length: 3 }, () =>
      Float64Array.from({ length: 20_000 }, () => (rng.next() < 0.5 ? 1 : -1)),
    );
    // P(max |z_1..3| < c) = .95: Phi^-1((1 + .95^(1/3)) / 2) = 2.3877
    expect(Math.abs(simultaneousFactor(independent, 0.95, seededRng(3)) - 2.3877)).toBeLessThan(0.06);
    const equal = [independent[0]!, independent[0]!, independent[0]!];
    expect(Math.abs(simultaneousFactor(equal, 0.95, seededRng(3)) - 1.96)).toBeLessThan(0.06);
    expect(simultaneousFactor([new Float64Array(5)], 0.95, rng)).toBe(0);
  });
});

describe("cross-fitting", () => {
  it("never splits a session, and never fits on the rows that it predicts", () => {
    const session = Array.from({ length: 300 }, (_, i) => `s${Math.floor(i / 3)}`);
    const fold = foldsOf(session, 5);
    for (let i = 0; i < 300; i++) expect(fold[i]).toBe(fold[3 * Math.floor(i / 3)]);
    expect(new Set(fold).size).toBe(5);
    crossFit(fold, 5, (rows) => {
      const seen = new Set(rows);
      return (row) => {
        expect(seen.has(row)).toBe(false);
        return 0;
      };
    });
  });

  it("fits the rising steps of least weighted squares", () => {
    // By hand: 3 before 1 pool to (3 x 1 + 1 x 3) / 4; equal places pool too.
    const steps = risingSteps([
      { at: 0, value: 0, weight: 1 },
      { at: 1, value: 3, weight: 1 },
      { at: 2, value: 1, weight: 3 },
      { at: 3, value: 4, weight: 1 },
      { at: 3, value: 6, weight: 1 },
    ]);
    expect(steps.map(({ at, value }) => [at, value])).toEqual([
      [0, 0],
      [1, 1.5],
      [3, 5],
    ]);
  });
});

describe("policies seen through another one's log", () => {
  const n = 4_000;
  const rng = seededRng(5);
  // The log tried model 1 with chance .2; it is worth .8 and model 0 .6; the other policy always takes model 1.
  const isOne = Uint8Array.from({ length: n }, () => (rng.next() < 0.2 ? 1 : 0));
  const reward = Float64Array.from(isOne, (one) => (rng.next() < (one === 1 ? 0.8 : 0.6) ? 1 : 0));
  const rows = {
    reward,
    propensity: Float64Array.from(isOne, (one) => (one === 1 ? 0.2 : 0.8)),
    target: Float64Array.from(isOne),
    expectedLogged: Float64Array.from(isOne, (one) => (one === 1 ? 0.7 : 0.6)),
    expectedTarget: new Float64Array(n).fill(0.7),
  };

  it("finds the other policy's value by all three estimators", () => {
    const found = offPolicyValue(rows, { confidence: 0.95 });
    if (found.kind !== "value") throw new Error(found.message);
    for (const { low, high } of [found.ips, found.snips, found.dr]) expect(low < 0.8 && 0.8 < high).toBe(true);
    expect(found.dr.high - found.dr.low).toBeLessThan(found.ips.high - found.ips.low);
    expect(found.effectiveSampleSize).toBe(isOne.reduce((sum, one) => sum + one, 0));
  });

  it("compares two policies on the same rows, narrower than their own intervals", () => {
    // The other policy takes model 1 three times in four: .25 x .6 + .75 x .8 = .75, so .05 less.
    const mixed = {
      ...rows,
      target: Float64Array.from(isOne, (one) => (one === 1 ? 0.75 : 0.25)),
      expectedTarget: new Float64Array(n).fill(0.675),
    };
    const found = offPolicyDifference(rows, mixed, { confidence: 0.95 });
    const alone = offPolicyValue(rows, { confidence: 0.95 });
    if (found.kind !== "value" || alone.kind !== "value") throw new Error("refused");
    const { low, high } = found.difference;
    expect(low < 0.05 && 0.05 < high).toBe(true);
    expect(high - low).toBeLessThan(alone.dr.high - alone.dr.low);
    expect(offPolicyDifference(rows, rows, { confidence: 0.95 })).toMatchObject({
      difference: { value: 0, low: 0, high: 0 },
    });
    const never = { ...rows, target: new Float64Array(n) };
    expect(offPolicyDifference(rows, never, { confidence: 0.95 })).toMatchObject({ kind: "refused" });
  });

  it("refuses when too few rows speak for it, saying how many do", () => {
    const few = Object.fromEntries(Object.entries(rows).map(([name, values]) => [name, values.subarray(0, 300)]));
    expect(offPolicyValue(few as typeof rows, { confidence: 0.95 })).toMatchObject({
      kind: "refused",
      reason: "sample_too_small",
      message: expect.stringMatching(/^300 rows speak for the policy as \d+ would; at least 200 are needed/),
    });
  });

  it("refuses when the log never tried what the policy would choose", () => {
    // Half of the requests would go to a model that the log did not know.
    const blind = { ...rows, propensity: rows.propensity.map((p) => (p === 0.2 ? 0.4 : p)) };
    expect(offPolicyValue(blind, { confidence: 0.95 })).toMatchObject({ kind: "refused", reason: "no_overlap" });
    expect(offPolicyValue({ ...rows, reward: new Float64Array(0) }, { confidence: 0.95 })).toMatchObject({
      reason: "no_rows",
    });
  });
});

describe("price envelope", () => {
  it("is what a model would save at most if it answered as well, over a range of answer lengths", () => {
    const price = { inputMicroUsdPerMTok: 100_000, outputMicroUsdPerMTok: 400_000 };
    // By hand: 1,000 tokens in cost 1e5 nano-USD; 500 out x .5 cost 1e5, x 2 cost 4e5; the incumbent cost 1e6.
    const traffic = {
      inputTokens: Float64Array.of(1000),
      outputTokens: Float64Array.of(500),
      incumbentCost: Float64Array.of(1_000_000),
    };
    const { name, low, high } = priceEnvelope(traffic, price, { shortest: 0.5, longest: 2 });
    expect([low, high]).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.8, 12)]);
    expect(name).toBe("price-only upper bound, quality unmeasured");
  });
});

describe("sample sizes", () => {
  it.each([
    [0.05, 344],
    [0.1, 687],
    [0.2, 1374],
  ])("needs the pairs of the table for 3 points when %f of them differ", (discordantShare, pairs) => {
    expect(pairsNeeded({ margin: 0.03, discordantShare, confidence: 0.95, power: 0.8 })).toBe(pairs);
  });

  it("multiplies them where requests of a session are alike", () => {
    const design = { margin: 0.03, discordantShare: 0.1, confidence: 0.95, power: 0.8 };
    // By hand: 686.95 x (1 + 2 x .5) = 1373.9
    expect(pairsNeeded({ ...design, perSession: 3, intraclassCorrelation: 0.5 })).toBe(1374);
  });

  it("counts the audits of an exact certificate", () => {
    expect(auditsToCertify(0.03, 0.05, 0.015, 0.8)).toBe(645);
    expect(auditsToCertify(0.03, 0.05, 0, 0.8)).toBe(99);
    expect(auditsToCertify(0.03, 0.05, 0.03, 0.8)).toBe(Number.POSITIVE_INFINITY);
    // Clopper and Pearson: 61 audits without a loss show 5 % at 95 %, 58 do not .
    expect([mostLosses(58, 0.05, 0.05), mostLosses(59, 0.05, 0.05)]).toEqual([-1, 0]);
  });
});
