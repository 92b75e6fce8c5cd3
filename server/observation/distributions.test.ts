import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { binomialCdf, binomialUpperBound, chiSquareUpperTail, normalQuantile } from "./distributions.ts";

// Expected numbers without another note: scipy 1.17.1 (stats.binom.cdf, special.betaincinv, special.ndtri, stats.chi2.sf).
describe("distributions", () => {
  it.each([
    [12, 500, 0.05, 0.0026103183919121194],
    [0, 61, 0.05, 0.04376630903760447],
    [999, 20_000, 0.05, 0.49546981775033094],
    [49_000, 1_000_000, 0.05, 2.1131824147902706e-6],
    [30, 40, 0.5, 0.9996602258725034],
    [2, 3, 0.5, 0.875], // by hand: 1 - 1/8
  ])("P(Bin(n, p) <= %i), n %i, p %f is exact to ten digits", (k, n, p, expected) => {
    expect(binomialCdf(k, n, p) / expected).toBeCloseTo(1, 10);
  });

  it("agrees with adding up the binomial by its recurrence", () => {
    const rng = seededRng(1);
    for (let round = 0; round < 200; round++) {
      const n = 1 + Math.floor(rng.next() * 40);
      const p = 0.01 + 0.98 * rng.next();
      let mass = (1 - p) ** n;
      let sum = 0;
      for (let k = 0; k <= n; k++) {
        sum += mass;
        expect(binomialCdf(k, n, p)).toBeCloseTo(sum, 10);
        mass *= ((n - k) / (k + 1)) * (p / (1 - p));
      }
    }
  });

  it.each([
    [0, 61, 0.05, 0.04792395210660732],
    [12, 500, 0.05, 0.038595578839896755],
    [17, 500, 0.1, 0.04689925043048083],
    [5, 5, 0.05, 1],
  ])("bounds a share of which %i in %i were seen as Clopper and Pearson do", (k, n, delta, expected) => {
    expect(binomialUpperBound(k, n, delta)).toBeCloseTo(expected, 12);
  });

  it("knows normal quantiles and chi-square tails", () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 8);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 8);
    expect(chiSquareUpperTail(10.8, 1) / 1.015000947113068e-3).toBeCloseTo(1, 8);
    expect(chiSquareUpperTail(30, 5) / 1.4748581038443073e-5).toBeCloseTo(1, 8);
    expect(chiSquareUpperTail(0, 3)).toBe(1);
  });
});
