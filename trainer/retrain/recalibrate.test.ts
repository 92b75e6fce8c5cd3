import { describe, expect, it } from "vitest";
import { calibrationFunction } from "../../engine/calibration.ts";
import type { LearnedOutcome, LearningRow } from "../../engine/learning-row.ts";
import { seededRng } from "../../engine/rng.ts";
import type { Calibration } from "../../engine/schema/manifest.ts";
import { tinySample } from "../../engine/testing/tiny-artifact.ts";
import { adjustSample } from "./adjust-sample.ts";
import { composed, recalibrate } from "./recalibrate.ts";

function outcome(model: string, quality: number, expected: number | null, chance = 1): LearnedOutcome {
  return { model, quality, saidBy: "audit", chance, expected, costUsd: null, outputTokens: null };
}

function rowOf(i: number, outcomes: readonly LearnedOutcome[]): LearningRow {
  return {
    requestId: `r${i}`,
    atMs: i,
    session: `s${i}`,
    conversation: null,
    task: null,
    inputTokens: 10,
    outcomes,
  };
}

/** Both models were expected to answer 85 % well, more or less; the incumbent does, the other one answers 40 %. */
function rows(count: number, other = 0.4): LearningRow[] {
  const rng = seededRng(3);
  return Array.from({ length: count }, (_, i) => {
    const expected = 0.75 + 0.2 * rng.next();
    return rowOf(i, [
      outcome("incumbent", rng.next() < expected ? 1 : 0, expected),
      outcome("other", rng.next() < other ? 1 : 0, expected),
    ]);
  });
}

describe("recalibrating by a route's own outcomes", () => {
  it("finds the model that became worse, and leaves the one that did not", () => {
    const found = recalibrate(rows(600), ["incumbent", "other", "unheard"], "incumbent");
    expect(calibrationFunction(found["incumbent"]!)(0.85)).toBeCloseTo(0.85, 1);
    expect(calibrationFunction(found["other"]!)(0.85)).toBeCloseTo(0.4, 1);
    // Nobody spoke of it: it is on the incumbent's scale.
    expect(found["unheard"]).toEqual(found["incumbent"]);
  });

  it("changes next to nothing on the word of three", () => {
    const found = recalibrate(rows(3), ["incumbent", "other"], "incumbent");
    expect(calibrationFunction(found["other"]!)(0.85)).toBeGreaterThan(0.6);
    expect(recalibrate([], ["other"], "incumbent")["other"]).toEqual({ kind: "temperature", slope: 1, intercept: 0 });
  });

  it("counts an outcome for those that were not audited", () => {
    // By hand: bad answers were audited twice as often as good ones, so that half bad are a third in truth.
    const skewed = Array.from({ length: 900 }, (_, i) =>
      rowOf(i, [outcome("incumbent", i % 2, 0.6, i % 2 === 0 ? 0.4 : 0.2)]),
    );
    const found = recalibrate(skewed, ["incumbent"], "incumbent");
    expect(calibrationFunction(found["incumbent"]!)(0.6)).toBeCloseTo(2 / 3, 2);
  });

  it("learns nothing from what another router expected", () => {
    const foreign = rows(100).map((row) => ({
      ...row,
      outcomes: row.outcomes.map((one) => ({ ...one, expected: null })),
    }));
    expect(recalibrate(foreign, ["other"], "incumbent")["other"]).toEqual({
      kind: "temperature",
      slope: 1,
      intercept: 0,
    });
  });
});

describe("one calibration after another", () => {
  const second = { kind: "temperature", slope: 0.7, intercept: -0.4 } as const;
  it.each<{ first: Calibration; within: number }>([
    { first: { kind: "none" }, within: 6 },
    { first: { kind: "temperature", slope: 1.3, intercept: 0.2 }, within: 6 },
    { first: { kind: "isotonic", x: [0.1, 0.4, 0.9], y: [0.2, 0.5, 0.8] }, within: 3 },
  ])("does what both do, first $first.kind", ({ first, within }) => {
    const [one, two, both] = [first, second, composed(first, second)].map(calibrationFunction);
    for (const score of [0.05, 0.11, 0.3, 0.42, 0.5, 0.77, 0.95]) {
      expect(both!(score)).toBeCloseTo(two!(one!(score)), within);
    }
  });
});

describe("the rows on which routes solve their trade-offs", () => {
  it("agree with what is expected as they did before, and keep what was not observed unknown", () => {
    const sample = tinySample();
    sample.observed[5] = Number.NaN;
    const down = { kind: "temperature", slope: 1, intercept: -1.5 } as const;
    const up = { kind: "temperature", slope: 1, intercept: 0.8 } as const;
    const { quality, observed } = adjustSample(sample, [down, { kind: "none" }, up]);
    expect(observed[5]).toBeNaN();
    for (const model of [0, 1, 2]) {
      const gap = (of: { quality: Float32Array; observed: Float32Array }) => {
        const cells = [...of.quality.keys()].filter((cell) => cell % 3 === model && !Number.isNaN(of.observed[cell]!));
        return cells.reduce((sum, cell) => sum + of.observed[cell]! - of.quality[cell]!, 0) / cells.length;
      };
      expect(Math.abs(gap({ quality, observed }))).toBeLessThan(Math.abs(gap(sample)) + 0.03);
    }
    for (const value of observed) if (!Number.isNaN(value)) expect(value >= 0 && value <= 1).toBe(true);
  });
});
