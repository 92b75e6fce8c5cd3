import { expect, it } from "vitest";
import { routeCalibration } from "./route-calibration.ts";
import { TINY, tinySample } from "./testing/tiny-artifact.ts";

const price = (input: number) => ({ inputMicroUsdPerMTok: input, outputMicroUsdPerMTok: 4 * input });
const candidates = [
  { candidateId: "x/large", column: 2, price: price(5_000_000) },
  { candidateId: "y/small", column: 0, price: price(100_000) },
];

it("takes the route's columns in its order, at its prices", () => {
  const sample = tinySample();
  const calibration = routeCalibration(sample, candidates, 0);
  expect(calibration).toMatchObject({ rows: TINY.rows, candidateIds: ["x/large", "y/small"], incumbent: 0, tasks: 2 });
  const row = 17;
  expect(calibration.quality[row * 2]).toBe(sample.quality[row * 3 + 2]);
  expect(calibration.observed[row * 2 + 1]).toBe(sample.observed[row * 3]);
  // by hand: tokens x micro-USD per million tokens / 1000 is nano-USD
  const expected = sample.inputTokens[row]! * 100 + sample.outputTokens[row * 3]! * 400;
  expect(calibration.costNanoUsd[row * 2 + 1]! / expected).toBeCloseTo(1, 6);
});

it("keeps the rows on which two of the candidates were observed, when they are enough", () => {
  const sample = tinySample({ ...TINY, rows: 1000 });
  const observed = sample.observed.map((value, cell) =>
    Math.floor(cell / 3) >= 400 && cell % 3 === 0 ? Number.NaN : value,
  );
  expect(routeCalibration({ ...sample, observed }, candidates, 0).rows).toBe(400);
  const fewer = observed.map((value, cell) => (Math.floor(cell / 3) >= 200 && cell % 3 === 0 ? Number.NaN : value));
  expect(routeCalibration({ ...sample, observed: fewer }, candidates, 0).rows).toBe(1000);
});

it("thins rows out evenly when there are very many candidates", () => {
  const sample = tinySample({ ...TINY, rows: 4000 });
  const many = Array.from({ length: 300 }, (_, i) => ({ ...candidates[i % 2]!, candidateId: `x/${i}` }));
  const calibration = routeCalibration(sample, many, 0);
  expect(calibration.rows).toBe(500);
  expect(calibration.inputTokens[499]).toBe(sample.inputTokens[Math.floor((499 * 4000) / 500)]);
});
