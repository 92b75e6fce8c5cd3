import { describe, expect, it } from "vitest";
import { seededRng } from "../../../engine/rng.ts";
import { type AuditSample, certify } from "./certify.ts";
import { correctedLosses } from "./corrected-losses.ts";
import { lastAccepted, walkThresholds } from "./fixed-sequence.ts";
import { LOSSES } from "./losses.ts";
import { bettingPValue, binomialPValue, hoeffdingBentkusPValue } from "./p-values.ts";
import { samplesMissing } from "./samples-missing.ts";
import { MOST_PER_SESSION, sessionLosses } from "./session-losses.ts";

const golden = (n: number) => Float64Array.from({ length: n }, (_, i) => ((i + 1) * 0.6180339887498949) % 1);
const zeros = (n: number) => new Float64Array(n);

describe("p-values of 'the loss is above alpha'", () => {
  it("is exact for losses of 0 and 1", () => {
    expect(binomialPValue(Float64Array.of(0, 0, 1), 0.5)).toBeCloseTo(0.5, 12); // by hand: (1 + 3) / 8
    expect(() => binomialPValue(Float64Array.of(0.5), 0.5)).toThrow(RangeError);
  });

  it("matches Hoeffding-Bentkus and betting as computed from the papers by scipy and numpy", () => {
    const losses = golden(200).map((x) => 0.2 * x ** 4); // mean .0403
    expect(hoeffdingBentkusPValue(losses, 0.06)).toBeCloseTo(0.4613934418465831, 10);
    expect(hoeffdingBentkusPValue(losses, 0.05)).toBeCloseTo(0.80917921234963, 10);
    expect(bettingPValue(losses, 0.06, 0.1)).toBeCloseTo(0.026936999192889284, 10);
    expect(bettingPValue(losses, 0.08, 0.05)).toBeCloseTo(0.0005932320833652492, 12);
  });

  it("says nothing without a sample", () => {
    for (const test of [binomialPValue, hoeffdingBentkusPValue]) expect(test(zeros(0), 0.1)).toBe(1);
    expect(bettingPValue(zeros(0), 0.1, 0.05)).toBe(1);
  });

  it("rejects a loss at the limit no more often than its level, also by session and with a judge that lies", () => {
    const rng = seededRng(4);
    const [alpha, delta, runs] = [0.1, 0.1, 600];
    const rejected = { binomial: 0, hoeffding: 0, betting: 0, sessions: 0, judged: 0 };
    for (let run = 0; run < runs; run++) {
      const losses = Float64Array.from({ length: 150 }, () => (rng.next() < alpha ? 1 : 0));
      // Sessions of one to six, all alike within: the binomial would take each request for evidence of its own.
      const sessions: string[] = [];
      const alike: number[] = [];
      for (let session = 0; session < 80; session++) {
        const loss = rng.next() < alpha ? 1 : 0;
        for (let size = 1 + Math.floor(6 * rng.next()); size > 0; size--) {
          sessions.push(`s${session}`);
          alike.push(loss);
        }
      }
      const judged = losses.map((loss) => (loss === 1 && rng.next() < 0.5 ? 0 : loss)); // passes half of the failures
      const isLabelled = Uint8Array.from(losses, () => (rng.next() < 0.5 ? 1 : 0));
      const corrected = correctedLosses({ judged, isLabelled, gold: losses, goldInclusion: 0.5 }, alpha);
      rejected.binomial += binomialPValue(losses, alpha) <= delta ? 1 : 0;
      rejected.hoeffding += hoeffdingBentkusPValue(losses, alpha) <= delta ? 1 : 0;
      rejected.betting += bettingPValue(losses, alpha, delta) <= delta ? 1 : 0;
      rejected.sessions +=
        bettingPValue(sessionLosses(Float64Array.from(alike), sessions, alpha), alpha, delta) <= delta ? 1 : 0;
      rejected.judged += bettingPValue(corrected.losses, corrected.alpha, delta) <= delta ? 1 : 0;
    }
    // Beyond 84 of 600 chance would bring it once in 1,000.
    for (const [test, count] of Object.entries(rejected)) expect([test, count <= 84]).toEqual([test, true]);
    expect(rejected.binomial).toBeGreaterThan(0);
  });
});

describe("losses of sessions", () => {
  it("is a number in [0, 1] a session whose mean is above alpha exactly when the loss per request is", () => {
    // By hand, alpha .2: session a (1 + 0 - 2 x .2) / 4 + .2, session b .2 - .2 / 4.
    const found = sessionLosses(Float64Array.of(1, 0, 0), ["a", "b", "a"], 0.2);
    expect([...found]).toEqual([expect.closeTo(0.35, 12), expect.closeTo(0.15, 12)]);
  });

  it("leaves single requests as they are, and does not count beyond the most a session", () => {
    const single = Float64Array.of(1, 0);
    expect(sessionLosses(single, ["a", "b"], 0.2)).toBe(single);
    const many = new Float64Array(50).fill(1);
    const [only] = sessionLosses(many, new Array(50).fill("a"), 0.2);
    expect(only).toBeCloseTo(0.2 + (MOST_PER_SESSION * 0.8) / MOST_PER_SESSION, 12);
  });
});

describe("fixed sequence", () => {
  it("stops for good at the first threshold that fails", () => {
    const pValues = [0.01, 0.02, 0.2, 0.001];
    const steps = walkThresholds(4, (index) => pValues[index]!, 0.05);
    expect(steps.map(({ isAccepted }) => isAccepted)).toEqual([true, true, false]);
    expect(lastAccepted(steps)).toBe(1);
    expect(lastAccepted(walkThresholds(4, () => 0.5, 0.05))).toBe(-1);
  });
});

describe("losses", () => {
  it.each([
    ["harm", 1, 0, 1],
    ["harm", 0, 0, 0],
    ["harm", 0.8, 0.6, 0],
    ["shortfall", 0.8, 0.6, 0.2],
    ["shortfall", 0.6, 0.8, 0],
    ["non_inferiority", 0.6, 0.8, 0.4],
  ] as const)("%s of incumbent %f and routed %f is %f", (name, incumbent, routed, loss) => {
    expect(LOSSES[name].ofRouted(incumbent, routed)).toBeCloseTo(loss, 12);
  });

  it("turns an allowed quality loss into a risk and back", () => {
    for (const { riskFor, qualityLossOf, stays } of Object.values(LOSSES)) {
      expect(qualityLossOf(riskFor(0.03))).toBeCloseTo(0.03, 12);
      expect(qualityLossOf(stays)).toBe(0);
    }
  });
});

/** Requests whose routed answer fails more often the lower the score: at s with chance (1 - s) / 4. */
function sampleOf(n: number, seed: number): AuditSample {
  const rng = seededRng(seed);
  const score = Float64Array.from({ length: n }, () => rng.next());
  return {
    score,
    incumbentQuality: new Float64Array(n).fill(1),
    routedQuality: score.map((s) => (rng.next() < (1 - s) / 4 ? 0 : 1)),
    stratum: Array.from(score, (_, i) => (i % 4 === 0 ? "rare" : "common")),
  };
}

const OPTIONS = {
  thresholds: Array.from({ length: 40 }, (_, i) => 1 - (i + 1) / 40),
  loss: "harm",
  maxQualityLoss: 0.05,
  confidence: 0.9,
  test: null,
  scope: "overall",
} as const;
/** Routing from t on loses (1 - t)^2 / 8 of all requests. */
const riskAt = (threshold: number | null) => (threshold === null ? 0 : (1 - threshold) ** 2 / 8);

describe("certify", () => {
  it("breaks its promise no more often than it says, and moves most of what could be moved", () => {
    const [runs, broken, moved] = [300, { overall: 0, strata: 0 }, { sum: 0 }];
    for (let run = 0; run < runs; run++) {
      const sample = sampleOf(800, 100 + run);
      const [overall] = certify(sample, OPTIONS);
      if (riskAt(overall!.threshold) > 0.05) broken.overall++;
      moved.sum += overall!.routedShare ?? 0;
      const strata = certify(sample, { ...OPTIONS, scope: "strata" });
      if (strata.some(({ threshold }) => riskAt(threshold) > 0.05)) broken.strata++;
    }
    // 10 % of 300 are 30; beyond 46 chance would bring it once in 1,000.
    expect(broken.overall).toBeLessThanOrEqual(46);
    expect(broken.strata).toBeLessThanOrEqual(46);
    // What may be moved at most: 1 - t with (1 - t)^2 / 8 = .05, that is .632.
    expect(moved.sum / runs).toBeGreaterThan(0.5);
  });

  it("shares delta among strata, and leaves one without enough audits with the incumbent, saying how many it misses", () => {
    const sample = sampleOf(300, 1);
    const few = { ...sample, stratum: sample.stratum.map((_, i) => (i < 20 ? "few" : "many")) };
    const [first, second] = certify(few, { ...OPTIONS, scope: "strata" });
    expect(first).toMatchObject({ stratum: "few", threshold: null, delta: expect.closeTo(0.05, 12), n: 20 });
    // Without a loss at the first threshold: ln .05 / ln .95 = 58.4, so 59 audits.
    expect(first!.missing).toBe(39);
    expect(second!.threshold).not.toBeNull();
  });

  it("certifies nothing without audits and says that no number would do where the loss is too high", () => {
    const none = certify(sampleOf(0, 1), OPTIONS)[0]!;
    expect(none).toMatchObject({ threshold: null, n: 0, missing: 45 }); // ln .1 / ln .95 = 44.9
    const bad = { ...sampleOf(200, 1), routedQuality: zeros(200), score: new Float64Array(200).fill(2) };
    expect(certify(bad, OPTIONS)[0]).toMatchObject({ threshold: null, missing: Number.POSITIVE_INFINITY });
  });

  it("bets instead of counting where losses are not 0 and 1, and counts sessions", () => {
    const sample = sampleOf(1200, 2);
    const graded = { ...sample, routedQuality: sample.routedQuality.map((q) => (q === 0 ? 0.4 : 0.97)) };
    const [found] = certify(graded, { ...OPTIONS, loss: "shortfall", maxQualityLoss: 0.08 });
    expect(found).toMatchObject({ test: "betting", sessions: 1200 });
    expect(found!.threshold).not.toBeNull();
    const inSessions = { ...sample, session: Array.from(sample.score, (_, i) => `s${Math.floor(i / 2)}`) };
    expect(certify(inSessions, OPTIONS)[0]).toMatchObject({ test: "betting", n: 1200, sessions: 600 });
  });

  it("believes the labels, not a judge who passes everything", () => {
    const sample = sampleOf(2000, 3);
    const rng = seededRng(9);
    const blind = new Float64Array(2000).fill(1);
    const gold = {
      isLabelled: Uint8Array.from(sample.score, () => (rng.next() < 0.5 ? 1 : 0)),
      incumbentQuality: sample.incumbentQuality,
      routedQuality: sample.routedQuality,
      inclusion: 0.5,
    };
    const judged = certify({ ...sample, routedQuality: blind }, OPTIONS)[0]!;
    const labelled = certify({ ...sample, routedQuality: blind, gold }, OPTIONS)[0]!;
    expect(riskAt(judged.threshold)).toBeGreaterThan(0.1);
    expect(riskAt(labelled.threshold)).toBeLessThanOrEqual(0.05);
  });
});

describe("samples missing", () => {
  it("is what the test needs when further audits lose as those at hand do", () => {
    const losses = Float64Array.from({ length: 100 }, (_, i) => (i % 50 === 0 ? 1 : 0)); // 2 %
    const missing = samplesMissing(losses, 0.04, 0.05, "binomial");
    const enough = Float64Array.from({ length: 100 + missing }, (_, i) => losses[i % 100]!);
    expect(binomialPValue(enough, 0.04)).toBeLessThanOrEqual(0.05);
    expect(missing).toBeGreaterThan(100);
    expect(samplesMissing(enough, 0.04, 0.05, "binomial")).toBe(0);
  });
});
