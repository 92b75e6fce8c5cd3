import { beforeAll, describe, expect, it } from "vitest";
import { type Coverage, measureCoverage } from "../simulation/coverage.ts";

const RUNS = 40;
/** Fewer than these would come by chance once in 5,000 when the true coverage is 95 %. */
const LEAST = 32;

/** The 1,000 runs are `weir bench --study coverage`; here a few of them. */
describe("coverage over simulated observations with known truth", () => {
  let found: readonly Coverage[] = [];
  const of = (name: string) => found.find(({ method }) => method === name)!;
  beforeAll(() => {
    found = measureCoverage(RUNS, 3);
  });

  it("holds at 95 % for every method that says so", () => {
    const nominal = found.filter(({ kind }) => kind === "nominal");
    expect(nominal.length).toBe(12);
    for (const { method, covered } of nominal) expect([method, covered >= LEAST]).toEqual([method, true]);
  });

  it("shows what looking daily at a plain interval, and an uncorrected judge, do to it", () => {
    expect(of("naive: normal interval of AIPW, looked at daily").covered).toBeLessThan(0.9 * RUNS);
    expect(of("naive: the judge's word, not corrected").covered).toBeLessThan(0.1 * RUNS);
  });

  it("pays for looking daily with at most twice the width", () => {
    const daily = of("asymptotic sequence of AIPW, looked at daily").meanWidth;
    expect(daily / of("AIPW, judge corrected by gold").meanWidth).toBeLessThan(2);
  });
});
