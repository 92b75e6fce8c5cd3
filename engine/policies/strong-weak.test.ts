import { expect, it } from "vitest";
import { seededRng } from "../rng.ts";
import { makeCalibration, makeInput } from "../testing/policy-inputs.ts";
import length from "./length.ts";
import threshold from "./threshold.ts";

const calibration = makeCalibration({ rows: 1000 });
const pair = { strong: "best", weak: "cheap" };

it.each([0, 0.1, 0.5, 0.9, 1])(
  "sends a wanted share of %f of the calibration rows to the strong model",
  (strongRate) => {
    const { threshold: cut = 0 } = threshold.ready({ ...pair, strongRate }, calibration).facts;
    let strong = 0;
    for (let row = 0; row < calibration.rows; row++) {
      if (calibration.quality[row * 3 + 2]! - calibration.quality[row * 3]! >= cut) strong++;
    }
    expect(strong / calibration.rows).toBeCloseTo(strongRate, 2);
  },
);

it("takes the strong model where its gain reaches the threshold, as RouteLLM does", () => {
  const ready = threshold.ready({ ...pair, threshold: 0.2 }, null);
  const rng = seededRng(1);
  for (let i = 0; i < 100; i++) {
    const input = makeInput(rng);
    const gain = input.scored[2]!.quality - input.scored[0]!.quality;
    expect(ready.decide(input).chosen).toBe(gain >= 0.2 ? 2 : 0);
  }
});

it("needs exactly one of threshold and rate", () => {
  expect(threshold.options.safeParse(pair).success).toBe(false);
  expect(threshold.options.safeParse({ ...pair, threshold: 0.1, strongRate: 0.5 }).success).toBe(false);
});

it("sends long prompts to the strong model", () => {
  const ready = length.ready({ ...pair, tokens: 100 }, null);
  const rng = seededRng(1);
  expect(ready.decide(makeInput(rng, { inputTokens: 100 })).chosen).toBe(2);
  expect(ready.decide(makeInput(rng, { inputTokens: 99 })).chosen).toBe(0);
});
