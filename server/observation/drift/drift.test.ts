import { describe, expect, it } from "vitest";
import { nextNormal, seededRng } from "../../../engine/rng.ts";
import { controlChart } from "./control-chart.ts";
import { embeddingShift } from "./embedding-shift.ts";
import { clusterShift } from "./input-shift.ts";
import { priceChanges } from "./price-change.ts";
import { isAlarmed, type MonitorState, startMonitor, stepMonitor } from "./risk-monitor.ts";

const OPTIONS = { alpha: 0.03, delta: 0.05 };

/** Audits until the alarm; null: none in all of them. */
function alarmAt(count: number, lossRate: (index: number) => number, seed: number): number | null {
  const rng = seededRng(seed);
  let state = startMonitor(OPTIONS);
  for (let i = 0; i < count; i++) {
    state = stepMonitor(state, rng.next() < lossRate(i) ? 1 : 0, OPTIONS);
    if (isAlarmed(state, OPTIONS)) return i + 1;
  }
  return null;
}

describe("risk monitor", () => {
  it("cries wolf in no more than delta of all long runs at the allowed loss", () => {
    let alarms = 0;
    for (let run = 0; run < 400; run++) alarms += alarmAt(3_000, () => OPTIONS.alpha, run) === null ? 0 : 1;
    expect(alarms / 400).toBeLessThanOrEqual(OPTIONS.delta);
  });

  it("notices harm after a long good time", () => {
    const delays = Array.from({ length: 40 }, (_, run) => alarmAt(3_000, (i) => (i < 1_000 ? 0.01 : 0.15), run));
    expect(delays.every((at) => at !== null)).toBe(true);
    const sorted = delays.map((at) => at! - 1_000).sort((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThan(0);
    expect(sorted[20]).toBeLessThan(250);
  });

  it("goes on from its stored state as if nothing had happened", () => {
    const losses = Array.from({ length: 50 }, (_, i) => (i % 7 === 0 ? 1 : 0));
    const step = (state: MonitorState, loss: number) => stepMonitor(state, loss, OPTIONS);
    const whole = losses.reduce(step, startMonitor(OPTIONS));
    const half: MonitorState = JSON.parse(JSON.stringify(losses.slice(0, 25).reduce(step, startMonitor(OPTIONS))));
    expect(losses.slice(25).reduce(step, half)).toEqual(whole);
  });
});

describe("input shift", () => {
  it("matches index and chi-square of scipy", () => {
    // scipy.stats.chi2_contingency([[50, 30, 20], [30, 30, 40]]): 11.6667, p .0029283; index by numpy with .5 added to each.
    const found = clusterShift({ code: 50, maths: 30, chat: 20 }, { code: 30, maths: 30, chat: 40 });
    expect(found.index).toBeCloseTo(0.23352191933715843, 10);
    expect(found.pValue).toBeCloseTo(0.0029282996948181853, 8);
    expect(found.largest).toEqual({ cluster: "chat", before: 0.2, after: 0.4 });
  });

  it("says nothing of nothing", () => {
    expect(clusterShift({}, {})).toEqual({ index: 0, pValue: 1, largest: null });
    expect(clusterShift({ a: 10 }, { a: 20 })).toMatchObject({ index: 0, pValue: 1 });
  });
});

describe("embedding shift", () => {
  const points = (n: number, shift: number, seed: number) => {
    const rng = seededRng(seed);
    return Array.from({ length: n }, () =>
      Float32Array.from({ length: 8 }, (_, i) => nextNormal(rng) + (i === 0 ? shift : 0)),
    );
  };

  it("finds a moved population and leaves an unmoved one alone", () => {
    expect(embeddingShift(points(80, 0, 1), points(80, 1.2, 2), seededRng(3)).pValue).toBeLessThan(0.01);
    let rejected = 0;
    for (let run = 0; run < 40; run++) {
      if (embeddingShift(points(20, 0, 2 * run), points(20, 0, 2 * run + 1), seededRng(run)).pValue <= 0.05) rejected++;
    }
    expect(rejected).toBeLessThanOrEqual(7); // 2 expected; 8 or more once in 1,000
    expect(embeddingShift([], points(3, 0, 1), seededRng(1)).pValue).toBe(1);
  });
});

describe("control chart", () => {
  const rng = seededRng(6);
  const days = (count: number, centre: number) =>
    Array.from({ length: count }, () => ({ value: centre + 0.1 * nextNormal(rng), n: 100 }));
  const baseline = days(14, 5);

  it("stays in its limits on days like those before and leaves them within days of a change", () => {
    expect(controlChart(baseline, days(30, 5)).some(({ isOut }) => isOut)).toBe(false);
    const changed = controlChart(baseline, days(10, 5.3));
    expect(changed.findIndex(({ isOut }) => isOut)).toBeLessThan(6);
    expect(changed.at(-1)!.isOut).toBe(true);
  });

  it("lets a day with few answers say little, and says nothing without a baseline", () => {
    const [few] = controlChart(baseline, [{ value: 5.35, n: 4 }]);
    const [many] = controlChart(baseline, [{ value: 5.35, n: 100 }]);
    expect(few!.isOut).toBe(false);
    expect(few!.high).toBeGreaterThan(many!.high);
    expect(controlChart(baseline.slice(0, 4), days(3, 5))).toEqual([]);
  });
});

describe("price changes", () => {
  it("names every model whose price is another one", () => {
    const price = (input: number) => ({ inputMicroUsdPerMTok: input, outputMicroUsdPerMTok: 2 });
    const found = priceChanges({ a: price(1), b: price(1), c: price(1) }, { a: price(1), b: price(2), d: price(1) });
    expect(found.map(({ model }) => model)).toEqual(["b", "c", "d"]);
    expect(found[1]).toEqual({ model: "c", before: price(1), after: null });
  });
});
