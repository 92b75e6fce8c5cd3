import { describe, expect, it } from "vitest";
import { STAYS } from "../leave-score.ts";
import { observedWorld } from "../testing/observed-world.ts";
import { figuresOf } from "./figures.ts";
import { certifySample, uniformAudits } from "./sample.ts";

const OPTIONS = { confidence: 0.95, maxQualityLoss: 0.05, thresholds: null, goldShare: 0, prices: [], isFinal: false };

/** 80 % of requests lose 0.1. */
const TRUE_DIFFERENCE = -0.08;
const TRUE_SAVING = 0.8 * 0.8;

describe("figures of an observation", () => {
  it.each([
    { name: "every audit ended", stateOf: undefined },
    {
      name: "a third of the audits could not be judged",
      stateOf: (_: number, lot: number) => (lot < 0.33 ? "unjudged" : "done"),
    },
    { name: "those of the last days still wait", stateOf: (day: number) => (day >= 10 ? "queued" : "done") },
    {
      name: "half of those of a day still wait",
      stateOf: (day: number, lot: number) => (day === 5 && lot < 0.5 ? "running" : "done"),
    },
  ] as const)("cover the truth where $name, however wrong the router's expectation", ({ stateOf }) => {
    let covered = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const world = { requests: 3_000, rate: 0.2, seed, ...(stateOf === undefined ? {} : { stateOf }) };
      const { projected } = figuresOf(observedWorld(world), OPTIONS);
      const { qualityDifference, saving } = projected!;
      expect(qualityDifference.high - qualityDifference.low).toBeLessThan(0.2);
      covered += Number(
        qualityDifference.low <= TRUE_DIFFERENCE &&
          TRUE_DIFFERENCE <= qualityDifference.high &&
          saving.low <= TRUE_SAVING &&
          TRUE_SAVING <= saving.high,
      );
    }
    // Intervals for daily looks hold more than 95 % at one look.
    expect(covered).toBeGreaterThanOrEqual(9);
  });

  it("count what nobody could judge as the worst loss where something is certified", () => {
    const data = observedWorld({ requests: 2_000, rate: 0.5, stateOf: () => "unjudged" });
    const sample = certifySample(uniformAudits(data));
    const isMoved = sample.score.map((score) => Number(score !== STAYS));
    expect(sample.routedQuality.map((quality) => 1 - quality)).toEqual(isMoved);
    const { certifiable, unjudgedShare, lostShare } = figuresOf(data, OPTIONS);
    expect(certifiable!.overall.threshold).toBeNull();
    expect({ unjudgedShare, lostShare }).toEqual({ unjudgedShare: 1, lostShare: 0 });
  });

  it("state only what needs no audit where fewer than 100 that move were audited", () => {
    const { projected } = figuresOf(observedWorld({ requests: 400, rate: 0.1 }), OPTIONS);
    expect(projected!.qualityDifference).toMatchObject({ method: "no_audit_bound" });
  });

  it("are empty, and no fault, without traffic", () => {
    expect(figuresOf({ rows: [], audits: [], counts: [] }, OPTIONS)).toMatchObject({
      requests: 0,
      projected: null,
      envelope: [],
      certifiable: null,
    });
  });
});
