import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LogEntry, LoggedCandidate, LoggedDecision } from "./log/entry.ts";
import { routingView } from "./routing-view.ts";

function entry(candidates: readonly LoggedCandidate[], fields: Partial<LoggedDecision> = {}): LogEntry {
  const decision: LoggedDecision = {
    id: "dec_1",
    policy: "quality-target",
    reason: "best_net_quality",
    router: "default",
    version: "1",
    propensity: 1,
    complexity: 0.25,
    task: "math",
    isFollowed: true,
    isOutOfDistribution: false,
    inputTokens: 14,
    chosen: 0,
    incumbent: 1,
    candidates,
    ...fields,
  };
  // The view reads nothing but the decision.
  return { decision } as LogEntry;
}

const PAIR: readonly LoggedCandidate[] = [
  ["small", 0.8, 0.7, 1_000_000, 100, null],
  ["large", 0.9, 0.8, 10_000_000, 100, null],
];

describe("a route's frontier", () => {
  it("goes from the cheapest model to the best one as quality gets worth more", () => {
    const { frontier, incumbent } = routingView([entry(PAIR)]);
    expect(frontier[0]).toMatchObject({ quality: 0.8, cost: 1_000_000, movedShare: 1 });
    expect(frontier.at(-1)).toMatchObject({ quality: 0.9, cost: 10_000_000, movedShare: 0 });
    expect(incumbent).toEqual({ model: "large", quality: 0.9, cost: 10_000_000 });
  });

  it("leaves what is far from training on the incumbent, whatever quality is worth", () => {
    const { frontier } = routingView([entry(PAIR, { isOutOfDistribution: true })]);
    for (const { movedShare, cost } of frontier) expect([movedShare, cost]).toEqual([0, 10_000_000]);
  });

  it("changes over where the price of a point of quality is paid: 9,000,000 nano-USD for 0.1", () => {
    // By hand: the large model is worth it from 90,000,000 nano-USD a point on.
    const { frontier } = routingView([entry(PAIR)]);
    for (const { nanoUsdPerQuality, quality } of frontier) expect(quality).toBe(nanoUsdPerQuality > 9e7 ? 0.9 : 0.8);
  });

  it("never falls in quality or cost as quality gets worth more", () => {
    const candidate = fc.record({
      quality: fc.double({ min: 0, max: 1, noNaN: true }),
      cost: fc.integer({ min: 1, max: 1e9 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(candidate, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 10 }),
        (rows) => {
          const entries = rows.map((row) =>
            entry(row.map(({ quality, cost }, i) => [`m${i}`, quality, quality, cost, 1, null])),
          );
          const { frontier } = routingView(entries);
          for (const [i, point] of frontier.entries()) {
            const earlier = frontier[i - 1] ?? point;
            expect(point.quality).toBeGreaterThanOrEqual(earlier.quality - 1e-9);
            expect(point.cost).toBeGreaterThanOrEqual(earlier.cost - 1e-6);
          }
        },
      ),
    );
  });

  it("leaves out candidates that the decision left out, and decisions without scores", () => {
    const excluded: LoggedCandidate[] = [["tiny", 0.99, 0.9, 1, 1, "no_tools"], PAIR[1]!];
    const { frontier, requests } = routingView([
      entry(excluded, { chosen: 1 }),
      entry([["small", null, null, 5, 1, null], PAIR[1]!]),
      { decision: null } as LogEntry,
    ]);
    expect(requests).toBe(1);
    expect(frontier[0]).toMatchObject({ quality: 0.9, movedShare: 0 });
  });

  it("has nothing to show of no traffic", () => {
    expect(routingView([])).toMatchObject({ requests: 0, frontier: [], current: null, incumbent: null, tasks: [] });
  });

  it("counts complexity in ten bins, the last one closed", () => {
    const { complexity } = routingView([0, 0.05, 0.95, 1].map((value) => entry(PAIR, { complexity: value })));
    expect(complexity).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  });

  it("shows how the tasks shifted from the earlier to the later half", () => {
    const rows = ["code", "code", "math", "math"].map((task) => entry(PAIR, { task }));
    expect(routingView(rows).tasks).toMatchObject([
      { task: "code", laterShare: 1, earlierShare: 0 },
      { task: "math", laterShare: 0, earlierShare: 1 },
    ]);
  });

  it("gives a mean difference with the interval of paired rows", () => {
    // By hand: differences -0.1 and -0.3; mean -0.2, sd 0.1414, half width 1.96 * 0.1414 / sqrt(2) = 0.196.
    const other: LoggedCandidate[] = [["small", 0.6, 0.5, 1_000_000, 100, null], PAIR[1]!];
    const { difference } = routingView([entry(PAIR), entry(other)]).current!;
    expect(difference.value).toBeCloseTo(-0.2, 12);
    expect(difference.high - difference.low).toBeCloseTo(0.392, 3);
  });
});
