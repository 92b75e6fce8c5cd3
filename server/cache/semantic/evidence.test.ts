import { describe, expect, it } from "vitest";
import { seededRng } from "../../../engine/rng.ts";
import { createEvidence } from "./evidence.ts";
import { isShareBelow } from "./share-bound.ts";

const TERMS = { maxFalseHitRate: 0.01, confidence: 0.95 };

describe("a share that is known to be small", () => {
  it("needs some 400 trials without a bad one for 1 % at 95 %, and more with each bad one", () => {
    const needed = (bad: number) => {
      let seen = 1;
      while (!isShareBelow(0.01, seen, bad, 0.05)) seen++;
      return seen;
    };
    // By hand for none bad: 200 / (n + 200) >= 0.99^n / 0.05, first at n = 409. A fixed n would need 299 and allow one look.
    expect(needed(0)).toBe(409);
    expect(needed(1)).toBeGreaterThan(550);
    expect(needed(5)).toBeGreaterThan(1_100);
    expect(isShareBelow(0.01, 5_000, 51, 0.05)).toBe(false);
    expect(isShareBelow(0.01, 0, 0, 0.05)).toBe(false);
  });

  it("errs no more often than it may, though one looks after every trial", () => {
    const rng = seededRng(11);
    let mistaken = 0;
    for (let run = 0; run < 400; run++) {
      let bad = 0;
      for (let seen = 1; seen <= 3_000; seen++) {
        if (rng.next() < 0.05) bad++;
        if (isShareBelow(0.05, seen, bad, 0.1)) {
          mistaken++;
          break;
        }
      }
    }
    expect(mistaken / 400).toBeLessThan(0.1);
  });
});

describe("evidence on semantic hits", () => {
  it("lets nothing be served before there is enough of it, then what is as similar as what was audited", () => {
    const evidence = createEvidence(null);
    for (let i = 0; i < 408; i++) {
      evidence.note(i % 32, 0.86, false);
      expect(evidence.allows(3, 0.99, TERMS)).toBe(false);
    }
    evidence.note(1, 0.86, false);
    expect(evidence.allows(3, 0.86, TERMS)).toBe(true);
    expect(evidence.allows(3, 0.84, TERMS)).toBe(false);
    expect(evidence.allows(3, 0.86, { ...TERMS, maxFalseHitRate: 0.005 })).toBe(false);
  });

  it("shuts a neighbourhood that showed a false hit until it has earned its trust itself", () => {
    const evidence = createEvidence(null);
    for (let i = 0; i < 2_000; i++) evidence.note(i % 4, 0.9, false);
    evidence.note(7, 0.92, true);
    expect(evidence.allows(2, 0.9, TERMS)).toBe(true);
    expect(evidence.allows(7, 0.9, TERMS)).toBe(false);
    expect(evidence.allows(7, 0.96, TERMS)).toBe(true);
    for (let i = 0; i < 700; i++) evidence.note(7, 0.92, false);
    expect(evidence.allows(7, 0.92, TERMS)).toBe(true);
  });

  it("raises the threshold above similarities at which hits are false", () => {
    const evidence = createEvidence(null);
    for (let i = 0; i < 1_000; i++) evidence.note(i % 32, 0.91, false);
    for (let i = 0; i < 1_000; i++) evidence.note(i % 32, 0.61, i % 10 === 0);
    expect(evidence.allows(33, 0.91, TERMS)).toBe(true);
    expect(evidence.allows(33, 0.61, TERMS)).toBe(false);
  });

  it("comes back from its text, and takes anything else for none", () => {
    const evidence = createEvidence(null);
    for (let i = 0; i < 500; i++) evidence.note(0, 1, i === 0);
    const again = createEvidence(evidence.toText());
    expect([again.seen, again.bad]).toEqual([500, 1]);
    for (const text of ["", "{}", '{"version":1,"cells":{"0":{"seen":[1],"bad":[]}}}'])
      expect(createEvidence(text).seen).toBe(0);
  });
});
