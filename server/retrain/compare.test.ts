import { describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { type ComparedRequest, compareRouters, type KnownOutcome } from "./compare.ts";

const OPTIONS = { confidence: 0.95, leastEffective: 50 };
const MODELS = new Map([
  ["small", 0.6],
  ["large", 0.9],
]);
const COSTS = new Map([
  ["small", 10],
  ["large", 100],
]);

function request(fields: Partial<ComparedRequest> = {}): ComparedRequest {
  return {
    session: "s",
    incumbent: "large",
    serving: new Map([["small", 1]]),
    candidate: new Map([["large", 1]]),
    expectedQuality: MODELS,
    costNanoUsd: COSTS,
    known: [],
    knowable: new Set(["small", "large"]),
    ...fields,
  };
}

function audit(small: number, large: number, chance = 1): readonly KnownOutcome[] {
  return [
    { candidateId: "small", quality: small, chance },
    { candidateId: "large", quality: large, chance },
  ];
}

/** Traffic of known truth: the small model answers 60 % well and the large one 90 %, wherever the small one does too. */
function traffic(seed: number, requests: number, chance: number, believed = MODELS): ComparedRequest[] {
  const rng = seededRng(seed);
  return Array.from({ length: requests }, (_, i) => {
    const ease = rng.next();
    const isAudited = rng.next() < chance;
    const moves = i % 2 === 0;
    return request({
      session: `s${Math.floor(i / 3)}`,
      expectedQuality: believed,
      candidate: new Map([[moves ? "large" : "small", 1]]),
      known: isAudited ? audit(ease < 0.6 ? 1 : 0, ease < 0.9 ? 1 : 0, chance) : [],
    });
  });
}

describe("comparing two routers", () => {
  it("is the mean of the differences where all is known", () => {
    // By hand: 60 of 100 requests gain 1, the others nothing.
    const rows = Array.from({ length: 100 }, (_, i) => request({ session: `s${i}`, known: audit(i < 60 ? 0 : 1, 1) }));
    const compared = compareRouters(rows, OPTIONS);
    expect(compared).toMatchObject({ kind: "value", disagreement: 1, effectiveSampleSize: 100, sessions: 100 });
    if (compared.kind !== "value") return;
    expect(compared.quality.value).toBeCloseTo(0.6, 12);
    expect(compared.qualitySnips.value).toBeCloseTo(0.6, 12);
    expect(compared.cost.value).toBeCloseTo(90, 12);
    // By hand: 1.96 x sqrt(0.6 x 0.4 / 99).
    expect(compared.quality.high - compared.quality.value).toBeCloseTo(1.959964 * Math.sqrt(0.24 / 99), 6);
    expect(compared.means.serving.quality).toBeCloseTo(0.4, 12);
    expect(compared.means.candidate.quality).toBeCloseTo(1, 12);
  });

  it.each([
    { name: "right beliefs", believed: MODELS },
    { name: "beliefs that are wrong altogether", believed: new Map([...MODELS.keys()].map((model) => [model, 0.5])) },
  ])("covers the truth as often as it says, with $name", ({ believed }) => {
    // By hand: half of the requests gain 0.3.
    const truth = 0.15;
    let [dr, snips] = [0, 0];
    const runs = 300;
    for (let seed = 0; seed < runs; seed++) {
      const compared = compareRouters(traffic(seed, 900, 0.4, believed), OPTIONS);
      if (compared.kind !== "value") throw new Error(compared.kind);
      if (compared.quality.low <= truth && truth <= compared.quality.high) dr++;
      if (compared.qualitySnips.low <= truth && truth <= compared.qualitySnips.high) snips++;
    }
    // 95 % of 300 less three standard deviations.
    expect(dr).toBeGreaterThanOrEqual(274);
    expect(snips).toBeGreaterThanOrEqual(274);
  });

  it("is of a session as a whole: requests that repeat one another tell nothing more", () => {
    const once = traffic(1, 600, 1).map((row, i) => ({ ...row, session: `s${i}` }));
    const thrice = once.flatMap((row) => [row, row, row]);
    const [a, b] = [compareRouters(once, OPTIONS), compareRouters(thrice, OPTIONS)];
    if (a.kind !== "value" || b.kind !== "value") throw new Error("refused");
    expect(b.quality.high - b.quality.low).toBeCloseTo(a.quality.high - a.quality.low, 10);
  });

  it("says that routers are the same one when they choose alike", () => {
    const rows = traffic(1, 300, 1).map((row) => ({ ...row, candidate: row.serving }));
    expect(compareRouters(rows, OPTIONS)).toMatchObject({ kind: "same", disagreement: 0 });
  });

  it("refuses without outcomes, with too few of them, and where the new choice was never tried", () => {
    expect(compareRouters([], OPTIONS)).toMatchObject({ kind: "refused", reason: "no_rows" });
    expect(compareRouters(traffic(1, 300, 0), OPTIONS)).toMatchObject({ kind: "refused", reason: "no_rows" });
    expect(compareRouters(traffic(1, 300, 0.1), OPTIONS)).toMatchObject({
      kind: "refused",
      reason: "sample_too_small",
    });
    const untried = traffic(1, 300, 1).map((row) => ({ ...row, candidate: new Map([["third", 1]]) }));
    expect(compareRouters(untried, OPTIONS)).toMatchObject({ kind: "refused", reason: "no_overlap", uncovered: 1 });
  });

  it("counts an outcome that was unlikely to be known for the others that were not", () => {
    const rng = seededRng(5);
    // By hand: hard requests gain 1 and are rarely audited, easy ones gain nothing; half are hard.
    const rows = Array.from({ length: 4_000 }, (_, i) => {
      const isHard = i % 2 === 0;
      const chance = isHard ? 0.1 : 0.9;
      const known = rng.next() < chance ? audit(isHard ? 0 : 1, 1, chance) : [];
      return request({ session: `s${i}`, known });
    });
    const compared = compareRouters(rows, OPTIONS);
    if (compared.kind !== "value") throw new Error("refused");
    expect(compared.quality.low).toBeLessThan(0.5);
    expect(compared.quality.high).toBeGreaterThan(0.5);
    expect(compared.qualitySnips.value).toBeCloseTo(0.5, 1);
  });
});
