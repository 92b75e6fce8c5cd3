import { describe, expect, it } from "vitest";
import type { AnswerSignals } from "../policy.ts";
import { nextNormal, seededRng } from "../rng.ts";
import { makeCalibration, makeInput } from "../testing/policy-inputs.ts";
import { deferralScore, SignalWeights } from "./_deferral.ts";
import cascade from "./cascade.ts";
import qualityTarget from "./quality-target.ts";

const weights = SignalWeights.parse({});
const silent = { candidate: 0, meanLogProbability: null, agreement: null, check: null };
const options = cascade.options.parse({ signalStrength: 1 }) as Parameters<typeof cascade.ready>[0];
const calibration = makeCalibration({ rows: 1000 });

describe("the deferral score", () => {
  it("stays at the expectation when nothing was measured", () => {
    expect(deferralScore(0.7, silent, weights)).toBeCloseTo(0.7, 9);
  });

  it("moves as agreement was measured to move it: .71 to .956 and .19", () => {
    // CASCADES measurement: flash & 4o-mini on ZeroEval, 67 % of answers agree
    expect(deferralScore(0.71, { ...silent, agreement: 1 }, weights)).toBeCloseTo(0.956, 2);
    expect(deferralScore(0.71, { ...silent, agreement: 0 }, weights)).toBeCloseTo(0.21, 2);
  });

  it("rises with every signal and rejects what failed its check", () => {
    const at = (signals: Partial<AnswerSignals>) => deferralScore(0.6, { ...silent, ...signals }, weights);
    expect(at({ check: 1 })).toBeGreaterThan(at({ check: 0.5 }));
    expect(at({ meanLogProbability: -0.1 })).toBeGreaterThan(at({ meanLogProbability: -1 }));
    expect(at({ check: 0, agreement: 1 })).toBe(0);
  });
});

describe("a cascade", () => {
  const ready = cascade.ready(options, calibration);
  const first = () => {
    const rng = seededRng(3);
    for (;;) {
      const input = makeInput(rng);
      if (ready.decide(input).reason === "cascade_first") return input;
    }
  };

  it("asks a cheap model first somewhere, keeps an answer that is right and leaves one that is not", () => {
    const input = first();
    const candidate = ready.decide(input).chosen;
    expect(ready.next!(input, [{ ...silent, candidate, check: 1, agreement: 1 }])).toMatchObject({
      kind: "stop",
      answer: candidate,
    });
    const step = ready.next!(input, [{ ...silent, candidate, check: 0 }]);
    expect(step.kind).toBe("call");
    expect(step.kind === "call" && step.candidate !== candidate).toBe(true);
  });

  it("stops after its last call and keeps the answer most likely to be right, not the last one", () => {
    const input = first();
    const answers = [
      { ...silent, candidate: 0, agreement: 1 },
      { ...silent, candidate: 2, check: 0 },
    ];
    expect(ready.next!(input, answers)).toMatchObject({ kind: "stop", answer: 0 });
  });

  it("never calls the same candidate twice", () => {
    const patient = cascade.ready({ ...options, maxCalls: 5 }, calibration);
    const input = first();
    const called = [patient.decide(input).chosen];
    for (;;) {
      const step = patient.next!(
        input,
        called.map((candidate) => ({ ...silent, candidate, check: 0 })),
      );
      if (step.kind === "stop") break;
      expect(called).not.toContain(step.candidate);
      called.push(step.candidate);
    }
    expect(called.length).toBeLessThanOrEqual(3);
  });

  it("with a perfect check gives more quality for less than deciding without looking", () => {
    const alone = qualityTarget.ready({ quality: options.quality }, calibration);
    const total = { alone: { right: 0, cost: 0 }, looking: { right: 0, cost: 0 } };
    const rng = seededRng(11);
    for (let i = 0; i < 3000; i++) {
      const input = makeInput(rng);
      const isRight = input.scored.map(({ quality }) => rng.next() < quality + 0.02 * nextNormal(rng));
      const cost = (c: number) => input.scored[c]!.costNanoUsd;
      const blind = alone.decide(input).chosen;
      total.alone.right += Number(isRight[blind]);
      total.alone.cost += cost(blind);
      const answers = [ready.decide(input).chosen];
      total.looking.cost += cost(answers[0]!);
      for (;;) {
        const step = ready.next!(
          input,
          answers.map((c) => ({ ...silent, candidate: c, check: isRight[c] ? 1 : 0 })),
        );
        if (step.kind === "stop") {
          total.looking.right += Number(isRight[step.answer]);
          break;
        }
        answers.push(step.candidate);
        total.looking.cost += cost(step.candidate);
      }
    }
    expect(total.looking.right).toBeGreaterThan(total.alone.right);
    expect(total.looking.cost).toBeLessThan(total.alone.cost * 1.05);
  });
});
