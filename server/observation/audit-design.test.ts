import { describe, expect, it } from "vitest";
import { type AuditDesign, commitmentOf, drawAudit, isHoldout, lotOf, solveScale } from "./audit-design.ts";

const DESIGN: AuditDesign = { salt: "pepper", uniform: 0.02, scale: 0, floors: { rare: 0.2 }, most: 0.5 };
const unit = (requestId: string, stratum = "common", spread = 0.4, costNanoUsd = 1e6) => ({
  requestId,
  stratum,
  spread,
  costNanoUsd,
});

describe("audit design", () => {
  it("draws the lot that HMAC-SHA-256 gives", () => {
    // python: int.from_bytes(hmac.new(b"pepper", b"audit uniform\nreq_1", "sha256").digest()[:8], "big") >> 11, over 2**53
    expect(lotOf("pepper", "audit uniform", "req_1")).toBe(0.30905986562970345);
    // python: hashlib.sha256(b"pepper").hexdigest()
    expect(commitmentOf("pepper")).toBe("8cbbcf29d9cef89675c5f5c1dcfe827d0570416a5aaba30dd0de159661ad905b");
  });

  it("draws each request with the chance that it states, by either part", () => {
    const design = { ...DESIGN, scale: 300 };
    const n = 20_000;
    const count = { audited: 0, uniform: 0, both: 0 };
    let inclusion = 0;
    for (let i = 0; i < n; i++) {
      const draw = drawAudit(design, unit(`req_${i}`));
      count.audited += draw.isAudited ? 1 : 0;
      count.uniform += draw.isUniform ? 1 : 0;
      inclusion = draw.inclusion;
    }
    // By hand: 300 x .4 / sqrt(1e6) = .12; 1 - .98 x .88 = .1376.
    expect(inclusion).toBeCloseTo(0.1376, 12);
    const spread = (p: number) => 4 * Math.sqrt((p * (1 - p)) / n);
    expect(Math.abs(count.audited / n - 0.1376)).toBeLessThan(spread(0.1376));
    expect(Math.abs(count.uniform / n - 0.02)).toBeLessThan(spread(0.02));
  });

  it("gives a stratum its floor, and every other request the uniform chance", () => {
    expect(drawAudit(DESIGN, unit("a", "rare")).inclusion).toBeCloseTo(0.2, 12);
    expect(drawAudit(DESIGN, unit("a")).inclusion).toBeCloseTo(0.02, 12);
    expect(drawAudit(DESIGN, unit("a", "rare"))).toEqual(drawAudit(DESIGN, unit("a", "rare")));
  });

  it("spends the budget that it was given, more on what is uncertain and cheap", () => {
    const units = Array.from({ length: 500 }, (_, i) => unit("", "common", 0.1 + (i % 5) / 10, 1e5 * (1 + (i % 7))));
    const budget = 0.1 * units.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
    const design = { ...DESIGN, scale: solveScale(DESIGN, units, budget) };
    const spent = units.reduce((sum, one) => sum + one.costNanoUsd * drawAudit(design, one).inclusion, 0);
    expect(spent / budget).toBeCloseTo(1, 6);
    const chance = (spread: number, cost: number) => drawAudit(design, unit("", "common", spread, cost)).inclusion;
    expect(chance(0.5, 1e5)).toBeGreaterThan(chance(0.1, 1e5));
    expect(chance(0.3, 1e5)).toBeGreaterThan(chance(0.3, 7e5));
  });

  it("asks nothing of the variance-optimal part when the budget is used up, or there is nothing to tell requests apart", () => {
    expect(solveScale(DESIGN, [unit("")], 0)).toBe(0);
    expect(solveScale(DESIGN, [unit("", "common", 0)], 1e9)).toBe(0);
    expect(solveScale(DESIGN, [], 1e9)).toBe(0);
    // A budget beyond all wants: every request has the most.
    const design = { ...DESIGN, scale: solveScale(DESIGN, [unit("")], 1e15) };
    expect(drawAudit(design, unit("")).inclusion).toBeCloseTo(0.51, 12);
  });

  it("keeps a share of the sessions on the incumbent, by a lot of its own", () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `session ${i}`);
    const held = ids.filter((id) => isHoldout("pepper", id, 0.05)).length;
    expect(Math.abs(held / ids.length - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / ids.length));
  });
});
