import { Counter, Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createDistribution, createTally } from "./tallies.ts";

const SHARED = { name: "weir_of_test", help: "Of a test" };
const labelNames = ["model", "class"] as const;

describe("createTally", () => {
  it("says what a counter of prom-client says", async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const tally = createTally({ ...SHARED, labelNames, registry: ours });
    const counter = new Counter({ ...SHARED, labelNames: [...labelNames], registers: [theirs] });
    for (const [amount, ...labels] of [
      [3, "a", "input"],
      [4.5, "a", 'out"put'],
      [1, "a", "input"],
      [0, "b", "input"],
    ] as const) {
      tally(amount, ...labels);
      counter.labels(...labels).inc(amount);
    }
    expect(await ours.metrics()).toBe(await theirs.metrics());
    tally(1, "a", "input");
    counter.labels("a", "input").inc(1);
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });

  it("is zero before anything was counted when it has no labels", async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    createTally({ ...SHARED, registry: ours });
    new Counter({ ...SHARED, registers: [theirs] });
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });
});

describe("createDistribution", () => {
  const buckets = [0.05, 1, 2.5];

  it("says what a histogram of prom-client says, bounds themselves and what is beyond all of them included", async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    const observe = createDistribution({ ...SHARED, labelNames, buckets, registry: ours });
    const histogram = new Histogram({ ...SHARED, labelNames: [...labelNames], buckets, registers: [theirs] });
    for (const value of [0, 0.05, 0.06, 1, 2, 2.5, 2.6, 600]) {
      observe(value, "a", "input");
      histogram.labels("a", "input").observe(value);
    }
    observe(1, "b", "input");
    histogram.labels("b", "input").observe(1);
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });

  it("is zero before anything was observed when it has no labels", async () => {
    const [ours, theirs] = [new Registry(), new Registry()];
    createDistribution({ ...SHARED, buckets, registry: ours });
    new Histogram({ ...SHARED, buckets, registers: [theirs] });
    expect(await ours.metrics()).toBe(await theirs.metrics());
  });
});
